/// Every message that crosses processes arrives as it was sent.
#include <type_traits>

#include <boost/pfr.hpp>
#include <doctest/doctest.h>

#include "messages/caf_system.hpp"
#include "messages/wire/account.hpp"
#include "messages/wire/control.hpp"
#include "messages/wire/errors.hpp"
#include "messages/wire/hello.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/journal.hpp"
#include "messages/wire/node.hpp"
#include "messages/wire/parity.hpp"
#include "messages/wire/plans.hpp"
#include "messages/wire/slots.hpp"
#include "messages/wire/tenants.hpp"
namespace wire_test {

using namespace tidemark;

/// Fills every field that a message names with a value of its own, and counts those of the message itself.
class filler {
public:
  using result_type = void;

  template <class... Ts>
  void operator()(caf::meta::type_name_t, Ts&... fields) {
    if (depth_ == 0) count_ = sizeof...(fields);
    (fill(fields), ...);
  }

  std::size_t count() const { return count_; }

private:
  void fill(bool& x) { x = true; }
  void fill(caf::strong_actor_ptr&) {}
  void fill(std::string& x) { x = "text " + std::to_string(++next_); }
  template <class T>
  void fill(std::vector<T>& xs) {
    xs.resize(2);
    for (auto& x : xs) fill(x);
  }
  template <class T>
  void fill(T& x) {
    if constexpr (std::is_enum_v<T>) {
      x = static_cast<T>(1);
    } else if constexpr (std::is_floating_point_v<T>) {
      x = 0.5 + ++next_;
    } else if constexpr (std::is_integral_v<T>) {
      x = static_cast<T>(1'000'000 + ++next_);
    } else {
      ++depth_;
      inspect(*this, x);
      --depth_;
    }
  }

  int next_ = 0;
  int depth_ = 0;
  std::size_t count_ = 0;
};

struct wire_system {
  struct config : caf::actor_system_config {
    config() {
      set("scheduler.max-threads", 1);
      announce_protocol(*this);
    }
  };

  template <class T>
  std::vector<char> bytes_of(const T& x) {
    std::vector<char> bytes;
    caf::binary_serializer sink{system, bytes};
    CHECK_FALSE(sink(x));
    return bytes;
  }

  config settings;
  caf::actor_system system{settings};
};

TEST_CASE_TEMPLATE_DEFINE("a message arrives with all of its fields", T, every_message) {
  wire_system on;
  T sent;
  filler fill;
  inspect(fill, sent);
  CHECK(fill.count() == boost::pfr::tuple_size_v<T>);

  auto bytes = on.bytes_of(sent);
  T received;
  caf::binary_deserializer source{on.system, bytes};
  CHECK_FALSE(source(received));
  CHECK(source.remaining() == 0);
  CHECK(caf::deep_to_string(received) == caf::deep_to_string(sent));
  CHECK(on.bytes_of(received) == bytes);
}

TEST_CASE_TEMPLATE_DEFINE("a message that was cut short is refused", T, cut_short) {
  wire_system on;
  T sent;
  filler fill;
  inspect(fill, sent);
  auto bytes = on.bytes_of(sent);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    T received;
    caf::binary_deserializer source{on.system, bytes.data(), length};
    CHECK(source(received));
  }
}

TEST_CASE_TEMPLATE_INVOKE(every_message, hello, welcome, start_import, query_import, import_status,
                          cancel_import, pause_import, resume_import, cancel_receipt, list_imports,
                          import_list, list_record_types, record_type_list, plan_import, plan_report,
                          query_node, node_status, pool_status, lane_status, login_status, stop_node,
                          node_stopping, reload_node, reload_report, tune_concurrency, list_tenants,
                          tenant_info, tenant_list, suspend_tenant, resume_tenant, query_errors, error_report,
                          query_alerts, alert_list, subscribe, more_events, journal_snapshot, import_event,
                          type_status, import_note, batch_counts, record_counts, batch_counters,
                          record_type_info, planned_type, list_flags, flag_list, change_flag, flag_record,
                          explain_flag, flag_decision, list_schedules, schedule_list, schedule_status,
                          add_schedule, change_schedule, list_audit, audit_list, audit_entry, check_parity,
                          parity_report, check_tenant, account_finding, account_report, discover_criteria,
                          criteria_difference, discovery);

TEST_CASE_TEMPLATE_INVOKE(cut_short, hello, start_import, import_status, cancel_receipt, record_type_list,
                          plan_report, node_status, journal_snapshot);

TEST_CASE("an actor's message of ours keeps its name on the wire") {
  wire_system on;
  auto sent = caf::make_message(start_import{"demo", "customer", import_mode::incremental, "anna"});
  auto bytes = on.bytes_of(sent);
  caf::message received;
  caf::binary_deserializer source{on.system, bytes};
  CHECK_FALSE(source(received));
  REQUIRE(received.match_elements<start_import>());
  CHECK(received.get_as<start_import>(0).record_type == "customer");
  CHECK(received.get_as<start_import>(0).mode == import_mode::incremental);
}

} // namespace wire_test
