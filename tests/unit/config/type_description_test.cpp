#include "config/type_description.hpp"

#include <functional>

#include <doctest/doctest.h>
namespace type_description_test {

using namespace tidemark;

field field_of(std::string name, field_type type = field_type::text, std::string column = {}) {
  field x;
  x.column = column.empty() ? name : std::move(column);
  x.name = std::move(name);
  x.type = type;
  return x;
}

/// Sales, and lines as a set of them.
std::vector<record_type> shop() {
  record_type sale;
  sale.name = "sale";
  sale.table = "transaction";
  sale.filter = "t.type = 'SalesOrd'";
  sale.key = "id";
  sale.change_column = "changed";
  sale.fields = {field_of("id", field_type::id), field_of("total", field_type::decimal, "foreigntotal"),
                 field_of("changed", field_type::datetime)};
  record_type line;
  line.name = "line";
  line.table = "transactionline";
  line.key = "id";
  line.set = set_of{"sale", "sale"};
  line.fields = {field_of("sale", field_type::reference), field_of("id", field_type::id)};
  return {sale, line};
}

using change = std::function<void(record_type& sale, record_type& line)>;

description_change after(const change& what, const std::string& record_type = "sale") {
  auto types = shop();
  criteria before{types};
  what(types[0], types[1]);
  criteria now{types};
  return compare_descriptions(describe(*before.find(record_type), before),
                              describe(*now.find(record_type), now));
}

TEST_CASE("a record type that is described alike has not changed") {
  auto found = after([](auto&, auto&) {});
  CHECK(found.breaks.empty());
  CHECK(found.gained.empty());
}

TEST_CASE("what decides which records are read, and how they are stored, breaks with what was read before") {
  CHECK(after([](auto& sale, auto&) { sale.table = "invoice"; }).breaks
        == "its table was 'transaction' and is 'invoice' now");
  CHECK(after([](auto& sale, auto&) { sale.key = "code"; }).breaks == "its key was 'id' and is 'code' now");
  CHECK(after([](auto& sale, auto&) { sale.filter.clear(); }).breaks
        == "its filter was 't.type = 'SalesOrd'' and is none now");
  CHECK(after([](auto& sale, auto&) { sale.fields[1].type = field_type::text; }).breaks
        == "its field 'total': type was 'decimal' and is 'text' now");
  CHECK(after([](auto& sale, auto&) { sale.fields[1].column = "total"; }).breaks
        == "its field 'total': column was 'foreigntotal' and is 'total' now");
  CHECK(after([](auto&, auto& line) { line.set.reset(); }, "line").breaks
        == "its set_of was 'sale by sale' and is none now");
}

TEST_CASE(
    "what decides which records count as changed breaks with changes that were read before, and no more") {
  auto own = after([](auto& sale, auto&) { sale.change_column.clear(); });
  CHECK(own.breaks.empty());
  CHECK(own.breaks_changes == "its change column was 'changed' and is none now");
  auto parents = after([](auto& sale, auto&) { sale.table = "invoice"; }, "line");
  CHECK(parents.breaks.empty());
  CHECK(parents.breaks_changes
        == "its parent's description was 'transaction by id, changed by changed' and is 'invoice by id, "
           "changed by changed' now");
}

TEST_CASE("what says nothing about the records themselves does not matter") {
  auto found = after([](auto& sale, auto&) {
    sale.depends_on = {"customer"};
    sale.deleted_as = deleted_record_name{"type", "Sale"};
    sale.fields[2].references = {"customer"};
    std::swap(sale.fields[0], sale.fields[1]);
  });
  CHECK(found.breaks.empty());
  CHECK(found.gained.empty());
}

TEST_CASE("a field that is new is told by its column, and one that is gone breaks nothing") {
  auto found =
      after([](auto& sale, auto&) { sale.fields[1] = field_of("memo", field_type::text, "custbody_memo"); });
  CHECK(found.breaks.empty());
  CHECK(found.gained == std::vector<std::string>{"custbody_memo"});
}

TEST_CASE("a text that is no description differs in nothing") {
  auto types = shop();
  criteria known{types};
  auto now = describe(*known.find("sale"), known);
  for (auto text : {"", "no description", "[1]", "{\"table\":", "7"}) {
    CHECK(compare_descriptions(text, now).breaks.empty());
    CHECK(compare_descriptions(text, now).gained.empty());
  }
  CHECK(compare_descriptions(R"({"table":"transaction","fields":{"id":7}})", "{}").gained.empty());
}

} // namespace type_description_test
