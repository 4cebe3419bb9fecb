#include "demo_types.hpp"

#include <doctest/doctest.h>

namespace tidemark {

namespace {

constexpr std::string_view text = R"json({
  "version": 1,
  "record_types": [
    { "name": "customer", "key": "id", "fields": [
        { "name": "id", "type": "id" },
        { "name": "email", "type": "text" } ] },
    { "name": "item", "key": "id", "filter": "t.isinactive = 'F'", "fields": [
        { "name": "id", "type": "id" },
        { "name": "sku", "type": "text", "column": "itemid" },
        { "name": "isinactive", "type": "boolean" } ] },
    { "name": "invoice", "key": "id", "fields": [
        { "name": "id", "type": "id" },
        { "name": "customer", "type": "reference", "to": "customer" },
        { "name": "item", "type": "reference", "to": "item" } ] },
    { "name": "payment", "key": "id", "fields": [
        { "name": "id", "type": "id" },
        { "name": "invoice", "type": "reference", "to": "invoice" },
        { "name": "method", "type": "reference", "to": "method" } ] },
    { "name": "method", "key": "id", "fields": [
        { "name": "id", "type": "id" },
        { "name": "title", "type": "text" } ] }
  ]
})json";

} // namespace

std::shared_ptr<const criteria> demo_types() {
  static const auto types = [] {
    auto parsed = parse_criteria(text, "demo.json");
    REQUIRE_MESSAGE(parsed, parsed.error().message);
    return std::make_shared<const criteria>(*std::move(parsed));
  }();
  return types;
}

} // namespace tidemark
