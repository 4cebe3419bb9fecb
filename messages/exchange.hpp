/// A typed interface as a list of what it takes and what it answers, for code that treats all messages alike.
#pragma once

#include <tuple>
#include <utility>

#include "messages/caf_compat.hpp"

namespace tidemark {

/// A message and its answer; void for a message that is not answered.
template <class Question, class Answer>
struct exchange {
  using question = Question;
  using answer = Answer;
};

namespace detail {

template <class Signature>
struct exchange_of;
template <class Question, class Answer>
struct exchange_of<caf::typed_mpi<caf::detail::type_list<Question>, caf::output_tuple<Answer>>> {
  using type = exchange<Question, Answer>;
};

template <class Interface>
struct exchanges;
template <class... Signatures>
struct exchanges<caf::typed_actor<Signatures...>> {
  using type = std::tuple<typename exchange_of<Signatures>::type...>;
};

template <class Exchange>
using if_answered =
    std::conditional_t<std::is_void_v<typename Exchange::answer>, std::tuple<>, std::tuple<Exchange>>;

template <class Exchanges>
struct answered;
template <class... Exchanges>
struct answered<std::tuple<Exchanges...>> {
  using type = decltype(std::tuple_cat(std::declval<if_answered<Exchanges>>()...));
};

} // namespace detail

/// The messages of an interface, in its order: a tuple of `exchange`.
template <class Interface>
using exchanges_of = typename detail::exchanges<Interface>::type;

/// Only those that are answered.
template <class Interface>
using answered_exchanges_of = typename detail::answered<exchanges_of<Interface>>::type;

} // namespace tidemark
