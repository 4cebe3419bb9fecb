#include "tools/tidemark/follow_all.hpp"

#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/fleet_frame.hpp"
#include "tools/tidemark/fleet_view.hpp"
#include "tools/tidemark/live_picture.hpp"
#include "tools/tidemark/pools_poll.hpp"
#include "tools/tidemark/state_changes.hpp"
#include "tools/tidemark/tell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <variant>

namespace tidemark::cli {

namespace {

/// The ways to show it: pictures on a terminal, lines in a log, objects for programs.
class all_view {
public:
  explicit all_view(const surroundings& with)
      : to_(with.to), picture_(with.to, [this](const frame_shape& shape) {
          fleet_.imports = known_.imports();
          return fleet_frame(fleet_, wall_clock(), shape);
        }) {
    fleet_.node = with.link.node();
  }

  bool empty() const { return known_.imports().empty(); }
  bool live() const { return !to_.json && to_.terminal().has_value(); }
  live_picture& picture() { return picture_; }
  void show(const std::vector<pool_status>& pools) {
    fleet_.pools = pools;
    picture_.changed();
  }

  void told(const journal_snapshot& snapshot) {
    known_.apply(snapshot);
    for (auto* status : known_.imports()) {
      if (to_.json) to_.out(json_line(snapshot_to_json(snapshot, *status)));
      changed(*status);
    }
    picture_.changed();
  }

  /// False if the stream has to begin anew.
  bool told(const import_event& event) {
    auto effect = known_.apply(event);
    if (effect == fleet_view::effect::restarted) return false;
    if (effect == fleet_view::effect::ignored) return true;
    if (to_.json) to_.out(json_line(to_json(event)));
    changed(*known_.find(event.import.id));
    picture_.changed();
    return true;
  }

private:
  void changed(const import_status& status) {
    fleet_.rates[status.id].sample(status, wall_clock());
    if (!to_.json && !live()) log(status);
    if (!is_final(status.state)) return;
    auto word = verdict(status);
    auto id = status.id;
    fleet_.rates.erase(id);
    logged_.erase(id);
    known_.drop(id);
    if (live())
      picture_.say(word);
    else if (!to_.json)
      print(paint(word, false));
  }

  void log(const import_status& status) {
    auto& before = logged_[status.id];
    for (auto& [text, at] : state_changes(before ? &*before : nullptr, status))
      print(text.starts_with("import ") ? text : printable(status.id) + " " + text);
    before = status;
  }
  void print(const std::string& text) const { to_.out(local_time_text(wall_clock()) + "  " + text + "\n"); }

  const console& to_;
  fleet_view known_;
  fleet fleet_;
  std::map<std::string, std::optional<import_status>> logged_;
  live_picture picture_;
};

class follow_all_run {
public:
  explicit follow_all_run(const surroundings& with)
      : with_(with), view_(with), stream_(with.link.follow("")) {}

  exit_code run();

private:
  using ending = std::optional<exit_code>;

  ending on(const journal_snapshot& snapshot);
  ending on(const import_event& event);
  ending on(const terminal_changed& change);
  ending on(const node_lost&);
  ending on(const interrupted& wish);
  ending on(const nothing&);
  ending end(exit_code code, const std::string& sentence) {
    if (view_.live()) view_.picture().leave();
    return complain(with_.to, {code, sentence});
  }
  void renew() {
    stream_.renew();
    snapshot_due_ = clock::now() + with_.link.waits().request;
  }

  const surroundings& with_;
  all_view view_;
  subscription stream_;
  pools_poll pools_{with_.link};
  /// A snapshot must have come by then.
  std::optional<clock::time_point> snapshot_due_ = clock::now() + with_.link.waits().request;
};

exit_code follow_all_run::run() {
  for (;;) {
    auto deadline = snapshot_due_.value_or(clock::time_point::max());
    if (view_.live()) deadline = std::min({deadline, view_.picture().due(), pools_.due()});
    auto news = with_.in.wait_for_stream(deadline);
    if (auto code = std::visit([this](auto& what) { return on(what); }, news)) return *code;
    if (!view_.live()) continue;
    auto pools = pools_.look();
    if (!pools && pools.error().code >= exit_code::interrupted) return *on(interrupted{pools.error().code});
    if (pools && *pools) view_.show(**pools);
    view_.picture().refresh(clock::now());
  }
}

follow_all_run::ending follow_all_run::on(const journal_snapshot& snapshot) {
  stream_.taken();
  snapshot_due_.reset();
  view_.told(snapshot);
  return std::nullopt;
}

follow_all_run::ending follow_all_run::on(const import_event& event) {
  stream_.taken();
  if (!view_.told(event)) renew();
  return std::nullopt;
}

follow_all_run::ending follow_all_run::on(const terminal_changed& change) {
  view_.picture().terminal_changed(change.overwritten);
  return std::nullopt;
}

follow_all_run::ending follow_all_run::on(const node_lost&) {
  return end(exit_code::node_lost,
             fmt::format("the node at {} went away; its imports go on when it is back", with_.link.path()));
}

follow_all_run::ending follow_all_run::on(const interrupted& wish) {
  return end(wish.code, view_.empty() ? "detached" : "detached, the imports go on");
}

follow_all_run::ending follow_all_run::on(const nothing&) {
  if (snapshot_due_ && clock::now() >= *snapshot_due_)
    return end(exit_code::node_lost,
               fmt::format("the node at {} sends no events; its log may say why", with_.link.path()));
  return std::nullopt;
}

} // namespace

exit_code follow_all(const surroundings& with) { return follow_all_run{with}.run(); }

} // namespace tidemark::cli
