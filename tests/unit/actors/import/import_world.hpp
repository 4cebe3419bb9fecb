/// Everything that an import works with: a real pool, store and login, and an account that is made up.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "actors/pool/slot_policy.hpp"
#include "actors/request/netsuite_call.hpp"
#include "demo_types.hpp"
#include "fakes.hpp"
#include "messages/inside/budget.hpp"
#include "tenant/store_front.hpp"

namespace tidemark {

/// A new folder that goes with this object.
class scratch_folder {
public:
  scratch_folder();
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
  std::filesystem::path path_;
};

/// The log goes here as long as this object lives.
class told_log {
public:
  told_log();
  ~told_log();
  told_log(const told_log&) = delete;
  told_log& operator=(const told_log&) = delete;

  /// All that was logged since the beginning; nothing is kept from here on.
  std::string text();

private:
  scratch_folder folder_;
};

struct import_world : driven_system {
  explicit import_world(const slot_policy_options& options = {.limit = 5, .seed = 11});

  account_services services() const {
    return {slots, transfers_front, login, "https://demo.example", "demo"};
  }

  /// A new import in the ledger, in state running if asked for; its id is `demo.1`.
  import_row create(const std::string& main_type, import_state state = import_state::queued,
                    import_mode mode = import_mode::full, import_options options = {});

  ledger_snapshot ledger() { return ask<ledger_snapshot>(database, load_import{"demo.1"}).value(); }

  /// The ledger's row of a batch, which must be there.
  batch_row in_ledger(std::uint64_t batch);

  pool_status pool_now() { return ask<pool_status>(slots, query_pool{}).value(); }

  /// What a reload, or a start with other files, does to what lives on: another store on the same database.
  void adopt_criteria(std::shared_ptr<const criteria> now);

  /// Records with the ids 1 to `count`.
  void fill(const std::string& table, std::int64_t count);

  /// From now on the account answers everything at once.
  void open_account() { engine.rule = account.rule(); }

  /// From now on the account answers everything at once but pages of these tables, or of all if none is
  /// named.
  void hold_pages(std::set<std::string> tables = {});

  /// Answers whatever is open, again and again, until nothing more comes.
  void answer_all();

  /// The tables whose pages are open.
  std::vector<std::string> open_pages() const;

  /// Closes the oldest open transfer, and settles.
  void answer(http_response response) {
    engine.close(std::move(response));
    settle();
  }

  std::shared_ptr<const criteria> types = demo_types();
  scratch_folder folder;
  fake_account account;
  fake_engine engine;
  http_actor transfers;
  http_actor transfers_front;            ///< in front of it: sees who fetches
  std::vector<caf::actor_addr> fetchers; ///< in the order of `engine.seen`
  pool_actor slots;
  credential_actor login;
  budget_actor room;
  store_actor database;
  std::optional<store_front> front; ///< in front of the database
};

} // namespace tidemark
