/// A store on an empty database, and short words for what the claims do with it.
#pragma once

#include "conformance/test_database.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

namespace tidemark::test {

/// Unwraps an outcome; a failure ends the test with its sentence.
template <class T>
T must(outcome<T> x) {
  REQUIRE_MESSAGE(x.has_value(), (x ? std::string{} : render(x.error())));
  if constexpr (!std::is_void_v<T>) return std::move(*x);
}

/// The code of an outcome that has to be a failure.
template <class T>
ec code_of(const outcome<T>& x) {
  return x ? ec::none : x.error().code;
}

/// A cell as it is written in a test: null, an integer or a text.
using value = std::variant<std::monostate, std::int64_t, std::string>;
inline constexpr std::monostate null{};

/// A page of these columns and rows.
std::shared_ptr<record_set> page(std::vector<std::string> columns, std::vector<std::vector<value>> rows);

/// `customer`: id, name (text), balance (decimal), active (boolean), parent (reference).
record_type customer();
/// `transactionline`: a set by transaction: transaction, id, memo (text), item (reference).
record_type transactionline();

type_row type_of(std::string_view name, type_state state = type_state::running);
batch_row batch_of(std::uint64_t number, key_range range, std::uint64_t weight = 1000);

class store_fixture {
public:
  store_fixture();

  /// Another store on the same database that has taken over, as after a death.
  std::unique_ptr<tenant_store> take_over();
  /// Replaces the store by another one and prepares the tables again.
  void restart();

  /// A reader that has just been opened beside the store.
  std::unique_ptr<ledger_reader> reader() { return must(database->open_reader()); }

  /// Creates an import and sets it running.
  std::string start(import_mode mode = import_mode::full);
  /// Plans a batch of a record type, under the next number.
  std::uint64_t plan(const std::string& import_id, std::string_view type, key_range range);
  /// A write of these pages for a batch that is picked up for it.
  batch_write picked_up(const std::string& import_id, std::uint64_t batch,
                        std::vector<std::shared_ptr<record_set>> pages = {});
  /// Plans, picks up and stores one batch.
  batch_stored import_batch(const std::string& import_id, std::string_view type, key_range range,
                            std::vector<std::shared_ptr<record_set>> pages);
  /// Stores one batch of a record type, and finishes that.
  batch_stored import_type(const std::string& import_id, std::string_view type, key_range range,
                           std::vector<std::shared_ptr<record_set>> pages);
  batch_row batch(const std::string& import_id, std::uint64_t number);
  import_state state(const std::string& import_id);
  /// How an interrupted pick-up of a running batch ends.
  pick_up_end interrupted(const std::string& import_id, std::uint64_t number);
  pick_up_end failed(const std::string& import_id, std::uint64_t number,
                     batch_state state = batch_state::pending);

  std::vector<std::string> sql(const std::string& text) { return database->sql(text); }

  unix_ms now = 1'700'000'000'000; ///< 2023-11-14T22:13:20Z
  std::unique_ptr<test_database> database = make_test_database();
  store_options options;
  std::unique_ptr<tenant_store> store;

private:
  void prepare();

  int imports_ = 0;
  std::uint64_t batches_ = 0;
};

} // namespace tidemark::test
