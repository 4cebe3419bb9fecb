/// What differs between CAF 0.17 and CAF 1.x, in one place: signatures, inspection, sending, errors.
/// The rest of the project writes `sig<R, Xs...>`, `TIDEMARK_INSPECT` and these functions, and nothing
/// that 1.x removed.
#pragma once

#include <chrono>
#include <utility>

#include <caf/all.hpp>

namespace tidemark {

namespace detail {

template <class R, class... Xs>
struct signature {
  using type = typename caf::replies_to<Xs...>::template with<R>;
};

template <class... Xs>
struct signature<void, Xs...> {
  using type = caf::reacts_to<Xs...>;
};

} // namespace detail

/// One line of a typed interface: takes `Xs...`, answers `R` (or nothing, for void).
template <class R, class... Xs>
using sig = typename detail::signature<R, Xs...>::type;

template <class Self>
auto& state_of(Self* self) {
  return self->state;
}

template <class Self, class Handle, class... Ts>
void send(Self* self, const Handle& to, Ts&&... xs) {
  self->send(to, std::forward<Ts>(xs)...);
}

template <class Self, class Handle, class Duration, class... Ts>
void delayed_send(Self* self, const Handle& to, Duration delay, Ts&&... xs) {
  self->delayed_send(to, delay, std::forward<Ts>(xs)...);
}

/// To oneself: an own loop message of the interface.
template <class Self, class Duration, class... Ts>
void delayed_send_self(Self* self, Duration delay, Ts&&... xs) {
  self->delayed_send(self, delay, std::forward<Ts>(xs)...);
}

template <class Self, class Handle, class Timeout, class... Ts>
auto request(Self* self, const Handle& to, Timeout timeout, Ts&&... xs) {
  return self->request(to, timeout, std::forward<Ts>(xs)...);
}

/// Passes the present message's duty to answer on to somebody else.
template <class Self, class Handle, class... Ts>
auto delegate_to(Self* self, const Handle& to, Ts&&... xs) {
  return self->delegate(to, std::forward<Ts>(xs)...);
}

/// From outside of any actor.
template <class Handle, class... Ts>
void post(const Handle& to, Ts&&... xs) {
  caf::anon_send(to, std::forward<Ts>(xs)...);
}

} // namespace tidemark

/// Makes a struct that crosses processes inspectable; names its members as `x.member`, in wire order. Adding
/// one changes the protocol: raise `protocol_version`.
#define TIDEMARK_INSPECT(T, ...)                                                                             \
  template <class Inspector>                                                                                 \
  typename Inspector::result_type inspect(Inspector& f, T& x) {                                              \
    return f(caf::meta::type_name(#T), __VA_ARGS__);                                                         \
  }
