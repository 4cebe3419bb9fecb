/// Questions and answers of any type, passed on as they are: one piece of code for all of them, where a
/// handler for each would be compiled once per question.
#pragma once

#include <chrono>
#include <functional>

#include "messages/caf_compat.hpp"

namespace tidemark {

/// The name of the one element of a message, for tables of messages: null for a message of another length.
const std::type_info* type_of(const caf::message& what) noexcept;

/// Asks `to`. One of both is called, in the actor `self`: with the answer, or with the error, that there was
/// none in time (`caf::sec::request_timeout`) included. Nothing is called any more once `self` has ended.
void ask_any(caf::scheduled_actor* self, const caf::strong_actor_ptr& to, std::chrono::milliseconds patience,
             caf::message question, std::function<void(caf::message&)> answered,
             std::function<void(caf::error&)> failed);

} // namespace tidemark
