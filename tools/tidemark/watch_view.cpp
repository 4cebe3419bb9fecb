#include "tools/tidemark/watch_view.hpp"

#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/live_frame.hpp"
#include "tools/tidemark/live_picture.hpp"
#include "tools/tidemark/numbers.hpp"
#include "tools/tidemark/rate_meter.hpp"
#include "tools/tidemark/reports.hpp"
#include "tools/tidemark/slots.hpp"
#include "tools/tidemark/state_changes.hpp"
#include "tools/tidemark/to_json.hpp"

#include <fmt/format.h>

#include <optional>

namespace tidemark::cli {

namespace {

class json_view : public watch_view {
public:
  explicit json_view(const console& to) : console_(to) {}

  void told(const journal_snapshot& snapshot, const import_status& status) override {
    console_.out(json_line(snapshot_to_json(snapshot, status)));
  }
  void told(const import_event& event) override { console_.out(json_line(to_json(event))); }
  void show(const import_status&, unix_ms) override {}
  void end(const import_status& status, unix_ms) override { console_.out(json_line(to_json(status))); }

private:
  const console& console_;
};

class log_view : public watch_view {
public:
  explicit log_view(const console& to) : console_(to) {}

  void told(const import_event& event) override {
    if (is_alert(event))
      print(fmt::format("alert {}: {}", event.kind == "alert_raised" ? "raised" : "cleared",
                        printable(event.text)),
            event.at);
  }
  void show(const import_status& status, unix_ms now) override {
    for (auto& change : state_changes(last_ ? &*last_ : nullptr, status))
      print(change.text, change.at != 0 ? change.at : now);
    last_ = status;
  }
  void end(const import_status& status, unix_ms now) override {
    show(status, now);
    // It may have ended long before anybody looked.
    print(paint(verdict(status), false), status.finished_at != 0 ? status.finished_at : now);
  }

private:
  void print(const std::string& text, unix_ms now) const {
    console_.out(local_time_text(now) + "  " + text + "\n");
  }

  const console& console_;
  std::optional<import_status> last_;
};

class end_view : public watch_view {
public:
  explicit end_view(const console& to) : console_(to) {}

  void show(const import_status&, unix_ms) override {}
  void end(const import_status& status, unix_ms) override {
    if (console_.json)
      console_.out(json_line(to_json(status)));
    else
      console_.say(verdict(status));
  }

private:
  const console& console_;
};

class live_view : public watch_view {
public:
  explicit live_view(const console& to)
      : console_(to), picture_(to, [this](const frame_shape& shape) {
          return live_frame(*status_, rates_, wall_clock(), shape, pool_of(pools_, status_->tenant));
        }) {}

  void show(const import_status& status, unix_ms now) override {
    status_ = status;
    rates_.sample(status, now);
    picture_.changed();
  }
  bool wants_pools() const override { return true; }
  void show_pools(const std::vector<pool_status>& pools) override {
    pools_ = pools;
    if (status_) picture_.changed();
  }

  clock::time_point due() const override { return picture_.due(); }
  void refresh(clock::time_point at) override { picture_.refresh(at); }
  void terminal_changed(bool overwritten) override { picture_.terminal_changed(overwritten); }

  void end(const import_status& status, unix_ms now) override {
    show(status, now);
    picture_.draw();
    console_.say(verdict(status));
  }

  void leave() override { picture_.leave(); }

private:
  const console& console_;
  live_picture picture_;
  rate_meter rates_;
  std::optional<import_status> status_;
  std::vector<pool_status> pools_;
};

} // namespace

std::unique_ptr<watch_view> make_watch_view(const console& to) {
  if (to.json) return std::make_unique<json_view>(to);
  if (to.terminal()) return std::make_unique<live_view>(to);
  return std::make_unique<log_view>(to);
}

std::unique_ptr<watch_view> make_end_view(const console& to) { return std::make_unique<end_view>(to); }

} // namespace tidemark::cli
