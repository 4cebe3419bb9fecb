#include "tools/tidemark/watch_view.hpp"

#include "tools/tidemark/live_frame.hpp"
#include "tools/tidemark/live_screen.hpp"
#include "tools/tidemark/numbers.hpp"
#include "tools/tidemark/rate_meter.hpp"
#include "tools/tidemark/reports.hpp"
#include "tools/tidemark/state_changes.hpp"
#include "tools/tidemark/to_json.hpp"

#include <optional>

namespace tidemark::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto least_pause = 100ms; // between two pictures
constexpr auto idle_pause = 1s;     // while only the clock moves

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

  void show(const import_status& status, unix_ms now) override {
    for (auto& change : state_changes(last_ ? &*last_ : nullptr, status)) print(change, now);
    last_ = status;
  }
  void end(const import_status& status, unix_ms now) override {
    show(status, now);
    print(paint(verdict(status), false), now);
  }

private:
  void print(const std::string& text, unix_ms now) const {
    console_.out(local_time_text(now) + "  " + text + "\n");
  }

  const console& console_;
  std::optional<import_status> last_;
};

class live_view : public watch_view {
public:
  explicit live_view(const console& to) : console_(to), screen_(to.colour) {}

  void show(const import_status& status, unix_ms now) override {
    status_ = status;
    rates_.sample(status, now);
    changed_ = true;
  }

  clock::time_point due() const override {
    if (!status_) return clock::time_point::max();
    return drawn_ + (changed_ ? least_pause : idle_pause);
  }

  void refresh(unix_ms now, clock::time_point at) override {
    if (at < due()) return;
    draw(now);
    drawn_ = at;
    changed_ = false;
  }

  void terminal_changed(bool overwritten) override {
    if (overwritten) screen_.begin_anew();
    changed_ = true;
  }

  void end(const import_status& status, unix_ms now) override {
    show(status, now);
    draw(now);
    console_.print({verdict(status)});
  }

  // The frame stays; what the terminal has echoed below it (^C) goes.
  void leave() override {
    if (status_) console_.out("\r\x1b[K");
  }

private:
  void draw(unix_ms now) {
    auto size = console_.terminal().value_or(terminal_size{});
    // The last column stays free, since some terminals wrap there, and so does the line of the cursor.
    frame_shape shape{size.columns > 1 ? size.columns - 1 : 1, size.rows > 1 ? size.rows - 1 : 1,
                      console_.unicode};
    console_.out(screen_.draw(live_frame(*status_, rates_, now, shape), size.columns));
  }

  const console& console_;
  live_screen screen_;
  rate_meter rates_;
  std::optional<import_status> status_;
  clock::time_point drawn_{};
  bool changed_ = false;
};

} // namespace

std::unique_ptr<watch_view> make_watch_view(const console& to) {
  if (to.json) return std::make_unique<json_view>(to);
  if (to.terminal()) return std::make_unique<live_view>(to);
  return std::make_unique<log_view>(to);
}

} // namespace tidemark::cli
