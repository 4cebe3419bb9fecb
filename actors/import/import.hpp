/// One run: decides what begins when, and hears of its waves what becomes of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/import/import_shell.hpp"
#include "actors/import/solitude_turns.hpp"
#include "actors/request/netsuite_call.hpp"
#include "actors/supervision.hpp"
#include "actors/wave/wave.hpp"
#include "messages/inside/finishing.hpp"
#include "messages/inside/import.hpp"
#include "messages/inside/wave.hpp"
#include "messages/wire/batches.hpp"

namespace tidemark {

/// The chunked path: waves of batches.
struct import_run : import_shell {
  explicit import_run(import_actor::stateful_pointer<import_run> actor) : import_shell(actor) {}

  void time_passed(std::uint64_t generation);
  void claimed(const claim_decided& decided);
  void plan_event(const batches_planned& planned);
  void batch_event(const batch_changed& changed);
  void type_event(const type_changed& changed);
  void stopped(const branch_stopped& branch);
  void child_down(const caf::down_msg& down);
  void verified(const type_verified& found);
  void deletions_over(const deletions_done& found);
  void solitude_told(const solitude& step);
  caf::result<blocker_list> blockers();
  child_list list_children() const;

  static inline const char* name = "import";

private:
  // the path: in import.cpp
  void take_batches(const std::vector<batch_row>& rows) override;
  void ask_server_time() override;
  void run_path() override;
  void go_on() override;
  void stop_work(std::chrono::milliseconds grace) override;
  bool come_to_rest() override;

  void ask_server_time(int attempts, bool refused);
  void begin_types();
  bool end_broken_types();

  // running
  void spawn_wave(std::uint32_t wave);
  void run_ready_types();
  bool is_ready(const std::string& record_type) const;
  void finish_indexes(const std::string& record_type);
  void index_table(const std::string& record_type);
  void begin_granted(const std::string& record_type);
  void begin_type_in_wave(const std::string& record_type);
  void type_over(const type_row& row);
  void rebuild_wave(std::uint32_t wave);
  void wave_died(std::uint32_t wave, const caf::error& reason);
  void stop_children(bool drain);

  // finishing: in import_finishing.cpp
  struct finisher {
    std::string record_type; ///< that it verifies; empty for the deletion run
    finishing_actor actor;
    bool reported = false;
  };
  bool finish_more();
  void start_verifiers();
  void verify_alone(const std::string& record_type);
  void skip_alone(const import_note& why);
  void start_verifier(const std::string& record_type);
  void read_deletions(std::vector<std::string> record_types);
  void adopt(finishing_actor actor, const std::string& record_type);
  void mark_reported();
  void finisher_down(finisher gone, const caf::error& reason);
  void pass_on(const solitude_turns::orders& orders);

  std::optional<netsuite_call> call;
  std::map<std::string, std::vector<batch_row>>
      ledger_batches; ///< of a resumed import, until its types begin
  std::map<std::uint32_t, wave_actor> waves;
  std::map<std::uint32_t, restart_intensity> restarts;
  solitude_turns turns;
  type_names started;         ///< may run, or has ended
  type_names granted;         ///< to be run by this import
  std::uint32_t indexing = 0; ///< tables whose indexes are being made
  type_names completed;       ///< ended so that others may begin
  std::map<caf::actor_addr, finisher> finishers;
  std::map<std::string, restart_intensity> finisher_restarts; ///< by record type; empty for deletions
  std::vector<std::string> deletion_types;                    ///< that the deletion run covers
};

/// Linked to its tenant and its waves. `row` is the import's row in the ledger.
import_actor::behavior_type import(import_actor::stateful_pointer<import_run> self, import_row row,
                                   import_settings settings, import_parent parent);

} // namespace tidemark
