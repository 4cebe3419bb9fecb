/// What a client may ask a node, as the interfaces of the protocol say it: a message that is added to
/// `session_actor` can be asked at once.
#pragma once

#include "messages/exchange.hpp"
#include "messages/inside/session.hpp"

#include <tuple>
#include <type_traits>

namespace tidemark::cli {

namespace detail {

template <class Exchanges>
struct lists;
template <class... Exchanges>
struct lists<std::tuple<Exchanges...>> : Exchanges... {};

using all_exchanges = lists<decltype(std::tuple_cat(answered_exchanges_of<door_actor>{},
                                                    answered_exchanges_of<session_actor>{}))>;

// The one base of `all_exchanges` that has this question.
template <class Question, class Answer>
exchange<Question, Answer> exchange_for(const exchange<Question, Answer>&);

} // namespace detail

/// What a node answers to a question of this kind.
template <class Question>
using answer_to =
    typename decltype(detail::exchange_for<Question>(std::declval<detail::all_exchanges>()))::answer;

} // namespace tidemark::cli
