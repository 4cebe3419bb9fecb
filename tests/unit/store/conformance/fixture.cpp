#include "conformance/fixture.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tidemark::test {

namespace {

field make_field(std::string name, field_type type, std::vector<std::string> references = {}) {
  field x;
  x.name = name;
  x.type = type;
  x.references = std::move(references);
  x.column = std::move(name);
  return x;
}

} // namespace

std::shared_ptr<record_set> page(std::vector<std::string> columns, std::vector<std::vector<value>> rows) {
  auto set = std::make_shared<record_set>(std::move(columns));
  for (const auto& row : rows) {
    auto cells = set->add_row();
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (const auto* number = std::get_if<std::int64_t>(&row[i]))
        cells[i] = record_set::make_integer(*number);
      if (const auto* text = std::get_if<std::string>(&row[i])) cells[i] = set->make_text(*text);
    }
  }
  return set;
}

record_type customer() {
  record_type x;
  x.name = x.table = "customer";
  x.key = "id";
  x.fields = {make_field("id", field_type::id), make_field("name", field_type::text),
              make_field("balance", field_type::decimal), make_field("active", field_type::boolean),
              make_field("parent", field_type::reference, {"customer"})};
  return x;
}

record_type transactionline() {
  record_type x;
  x.name = x.table = "transactionline";
  x.key = "id";
  x.set = set_of{"transaction", "transaction"};
  x.fields = {make_field("transaction", field_type::reference, {"transaction"}),
              make_field("id", field_type::id), make_field("memo", field_type::text),
              make_field("item", field_type::reference, {"item"})};
  return x;
}

type_row type_of(std::string_view name, type_state state) {
  type_row x;
  x.name = name;
  x.state = state;
  x.planned = true;
  return x;
}

batch_row batch_of(std::uint64_t number, key_range range, std::uint64_t weight) {
  batch_row x;
  x.number = number;
  x.range = range;
  x.weight = weight;
  return x;
}

store_fixture::store_fixture() {
  options.now = [this] { return now; };
  store = take_over();
  prepare();
}

std::unique_ptr<tenant_store> store_fixture::take_over() {
  auto next = must(database->open(options));
  must(next->take_ownership("node-a"));
  return next;
}

void store_fixture::restart() {
  store.reset();
  store = take_over();
  prepare();
}

void store_fixture::prepare() {
  must(store->prepare_table(customer()));
  must(store->prepare_table(transactionline()));
}

std::string store_fixture::start(import_mode mode) {
  import_row row;
  row.id = fmt::format("acme.{:026}", ++imports_);
  row.tenant = "acme";
  row.record_type = "customer";
  row.mode = mode;
  row.requested_at = now;
  row.requested_by = "ann";
  must(store->create_import(row));
  import_change change;
  change.state = import_state::running;
  change.started_at = now;
  must(store->set_import_state(row.id, change));
  return row.id;
}

std::uint64_t store_fixture::plan(const std::string& import_id, std::string_view type, key_range range) {
  auto row = batch_of(++batches_, range);
  auto of = type_of(type);
  // What an incremental import asks for.
  if (must(store->load_import(import_id)).import.mode == import_mode::incremental) of.changed_since = now - 1;
  must(store->add_batches(import_id, of, {&row, 1}));
  return row.number;
}

batch_write store_fixture::picked_up(const std::string& import_id, std::uint64_t number,
                                     std::vector<std::shared_ptr<record_set>> pages) {
  auto row = batch(import_id, number);
  batch_write x;
  x.import_id = import_id;
  x.record_type = row.record_type;
  x.batch = number;
  x.range = row.range;
  x.pick_up = must(store->pick_up(import_id, number));
  x.pages.assign(pages.begin(), pages.end());
  return x;
}

batch_stored store_fixture::import_batch(const std::string& import_id, std::string_view type, key_range range,
                                         std::vector<std::shared_ptr<record_set>> pages) {
  return must(store->store_batch(picked_up(import_id, plan(import_id, type, range), std::move(pages))));
}

batch_stored store_fixture::import_type(const std::string& import_id, std::string_view type, key_range range,
                                        std::vector<std::shared_ptr<record_set>> pages) {
  auto stored = import_batch(import_id, type, range, std::move(pages));
  auto row = type_of(type, type_state::completed);
  for (auto& known : must(store->load_import(import_id)).types)
    if (known.name == type) row.changed_since = known.changed_since;
  must(store->finish_type(import_id, row));
  return stored;
}

batch_row store_fixture::batch(const std::string& import_id, std::uint64_t number) {
  auto all = must(store->load_import(import_id)).batches;
  auto found = std::ranges::find(all, number, &batch_row::number);
  REQUIRE(found != all.end());
  return *found;
}

import_state store_fixture::state(const std::string& import_id) {
  return must(store->load_import(import_id)).import.state;
}

pick_up_end store_fixture::interrupted(const std::string& import_id, std::uint64_t number) {
  pick_up_end end;
  end.batch = batch(import_id, number);
  end.batch.state = batch_state::pending;
  ++end.batch.counters.interrupted;
  return end;
}

pick_up_end store_fixture::failed(const std::string& import_id, std::uint64_t number, batch_state state) {
  pick_up_end end;
  end.batch = batch(import_id, number);
  end.batch.state = state;
  ++end.batch.counters.failed_attempts;
  end.batch.error_code = "timeout";
  end.batch.error_text = "no answer within 60 s";
  end.attempt = failed_attempt{"timeout", "timeout", "no answer within 60 s", "op-1", now};
  return end;
}

} // namespace tidemark::test
