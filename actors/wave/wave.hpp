/// One level of the dependency graph: plans its record types, keeps their batches running, writes what
/// happens to them into the ledger.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "actors/supervision.hpp"
#include "actors/wave/batch.hpp"
#include "actors/wave/change_window.hpp"
#include "actors/wave/planner.hpp"
#include "actors/wave/type_queue.hpp"
#include "config/criteria.hpp"
#include "messages/inside/batch.hpp"
#include "messages/inside/budget.hpp"
#include "messages/inside/common.hpp"
#include "messages/inside/import.hpp"
#include "messages/inside/planner.hpp"
#include "messages/inside/store.hpp"
#include "messages/inside/wave.hpp"

namespace tidemark {

/// What a wave is made of; the same for all waves of an import.
struct wave_settings {
  std::string import_id;
  std::uint32_t wave = 0;
  std::shared_ptr<const criteria> types;
  account_services account;
  store_actor store;
  budget_actor budget;
  std::uint32_t slots = 5; ///< the account's at first; leases tell how many it has later
  retry_options retry;
  patience_times patience{};
  planning_mode planning = planning_mode::automatic;
  change_window changes{};
  page_size_options pages{};
  std::uint64_t max_rejected = 1000; ///< records of a type, before it fails
};

struct wave_run {
  explicit wave_run(wave_actor::stateful_pointer<wave_run> actor) : self(actor) {}

  void start(wave_settings with, import_actor parent);
  void begin(const begin_type& what);
  void run(const run_type& what);
  void planned(const ranges_planned& ranges);
  void planning_ended(const planning_failed& failed);
  void pick_up_over(const pick_up_ended& ended);
  void child_down(const caf::down_msg& down);
  void delay_over(std::uint64_t generation);
  void stop(stop_branch order);
  void be_alone(const solitude_order& order);
  caf::result<wave_waits> waits();
  child_list list() const;

  static inline const char* name = "wave";

private:
  struct child {
    std::string record_type;
    std::uint64_t batch = 0; ///< that it runs; zero for a planner, and for a batch that has reported
    bool plans = false;
    std::function<void(stop_branch)> stop;
    batch_actor as_batch; ///< null for a planner
  };

  void prepared(const std::string& record_type, const table_prepared& table);
  void not_prepared(const std::string& record_type, const failure& what);
  void read_whole(type_queue& type, const failure& why);
  void plan_type(type_queue& type);
  void dispatch();
  std::uint32_t window() const;
  type_queue* next_type();
  void one_less(std::uint64_t batch);
  type_queue* lonely_type();
  void seek_solitude();
  void be_quiet();
  void spawn_batch(type_queue& type, batch_row row);
  void schedule();
  void act_on(const std::string& record_type, const type_queue::ended_pick_up& effect, const failure& what);
  void write_end(const std::string& record_type, const type_queue::ended_pick_up& effect);
  void skip_type(const std::string& record_type, const failure& what);
  void skip_without(const type_queue& type, const std::string& column, const failure& what);
  bool plan_without(type_queue& type, const failure& what);
  void note_dropped(const std::string& record_type, const std::string& column, const failure& what);
  void note_unseen_lacks(type_queue& type);
  void note_columns_back(const type_queue& type);
  void columns_are_back(type_queue& type);
  void finish_if_done(const std::string& record_type);
  void finish(const std::string& record_type, type_state state, std::string error);
  void write_end_of(type_row row);
  type_queue* find_going_on(const std::string& record_type);
  void tell_type(const type_queue& type);
  void note(const std::string& record_type, std::string code, std::string subject, std::string text);
  void block(failure what);
  void store_refused(const failure& what);
  void end_if_stopped();

  template <class Handle>
  void adopt(const Handle& actor, std::string record_type, std::uint64_t batch);
  void account_for(const std::string& record_type, const pick_up_ended& ended);
  void planner_died(const std::string& record_type, const std::string& why);
  void batch_died(const std::string& record_type, std::uint64_t batch, const caf::error& reason);
  template <class Message, class Then>
  void ask_store(Message message, Then then);

  wave_actor::stateful_pointer<wave_run> self;
  wave_settings settings;
  import_actor import;
  std::map<std::string, type_queue> types; ///< begun and not finished, or with batches that still run
  std::map<caf::actor_addr, child> children;
  std::map<std::string, restart_intensity> planner_restarts; ///< by record type
  std::uint32_t running = 0;                                 ///< batch actors
  std::uint32_t ends_to_write = 0;                           ///< of record types, on their way to the ledger
  std::uint64_t timer_generation = 0;
  std::optional<type_queue::time_point> timer_at;
  bool stopping = false;
  bool blocked = false;    ///< told the import that it cannot go on
  bool held = false;       ///< some batch of the import is to be alone, and begins when all others have ended
  bool owes_quiet = false; ///< a hold has not been answered yet
  bool solitude_wanted = false;
  std::uint64_t alone = 0; ///< the batch that is
};

/// Linked to its import and to its children: a wave that dies takes its branch along. After `stop_branch` and
/// the end of every child it says `branch_stopped` and ends.
wave_actor::behavior_type wave(wave_actor::stateful_pointer<wave_run> self, wave_settings settings,
                               import_actor parent);

} // namespace tidemark
