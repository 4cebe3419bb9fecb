#include "tools/tidemark/follow_import.hpp"

#include "tools/tidemark/import_view.hpp"
#include "tools/tidemark/numbers.hpp"
#include "tools/tidemark/pools_poll.hpp"
#include "tools/tidemark/watch_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace tidemark::cli {

namespace {

using namespace std::chrono_literals;

// How long a paused import that was started again may take to go on.
constexpr std::chrono::milliseconds resume_patience = 10s;

class follow_run {
public:
  follow_run(const surroundings& with, const std::string& id, bool only_end)
      : with_(with),
        id_(id),
        view_(id),
        shown_(only_end ? make_end_view(with.to) : make_watch_view(with.to)),
        stream_(with.link.follow(id)) {}

  attempt<import_status> run(const import_status* started);

private:
  using ending = std::optional<attempt<import_status>>;

  ending on(const journal_snapshot& snapshot);
  ending on(const import_event& event);
  ending on(const terminal_changed& change);
  ending on(const node_lost& loss);
  ending on(const interrupted& wish);
  ending on(const nothing&);

  /// Asks for the import itself, beside the stream.
  ending look();
  ending look_at_pools();
  ending show();
  ending fail_with(exit_code code, std::string sentence) {
    shown_->leave();
    return std::unexpected(trouble{code, std::move(sentence)});
  }
  bool rests() const;
  import_status last_word();

  const surroundings& with_;
  std::string id_;
  import_view view_;
  std::unique_ptr<watch_view> shown_;
  subscription stream_;
  pools_poll pools_{with_.link};
  /// A snapshot must have come by then.
  std::optional<clock::time_point> snapshot_due_ = clock::now() + with_.link.waits().request;
  /// Started from a pause: that it shows as paused does not mean that it rests.
  bool resuming_ = false;
  /// When to ask for the import itself, since the stream has said nothing.
  clock::time_point look_due_ = clock::time_point::max();
};

attempt<import_status> follow_run::run(const import_status* started) {
  if (started != nullptr) {
    view_.replace(*started);
    resuming_ = started->state == import_state::paused;
    if (auto end = show()) return std::move(*end);
  }
  for (;;) {
    auto deadline = shown_->due();
    if (snapshot_due_) deadline = std::min(deadline, *snapshot_due_);
    deadline = std::min(deadline, look_due_);
    if (shown_->wants_pools()) deadline = std::min(deadline, pools_.due());
    auto news = with_.in.wait_for_stream(deadline);
    if (auto end = std::visit([this](auto& what) { return on(what); }, news)) return std::move(*end);
    if (auto end = look_at_pools()) return std::move(*end);
    shown_->refresh(clock::now());
  }
}

follow_run::ending follow_run::on(const journal_snapshot& snapshot) {
  stream_.taken();
  snapshot_due_.reset();
  if (view_.apply(snapshot) == import_view::effect::missing) return look();
  shown_->told(snapshot, *view_.status());
  return show();
}

follow_run::ending follow_run::on(const import_event& event) {
  stream_.taken();
  switch (view_.apply(event)) {
  case import_view::effect::restarted:
    stream_.renew();
    snapshot_due_ = clock::now() + with_.link.waits().request;
    return std::nullopt;
  case import_view::effect::applied: shown_->told(event); return show();
  case import_view::effect::told: shown_->told(event); return std::nullopt;
  default: return std::nullopt;
  }
}

follow_run::ending follow_run::on(const terminal_changed& change) {
  shown_->terminal_changed(change.overwritten);
  return std::nullopt;
}

follow_run::ending follow_run::on(const node_lost&) {
  return fail_with(
      exit_code::node_lost,
      fmt::format("the node at {} went away; import {} goes on when the node is back: \"{}\" shows it then",
                  with_.link.path(), id_, with_.call("import watch " + id_)));
}

follow_run::ending follow_run::on(const interrupted& wish) {
  return fail_with(wish.code,
                   fmt::format("detached, import {} goes on; \"{}\" shows it again, \"{}\" cancels it", id_,
                               with_.call("import watch " + id_), with_.call("import cancel " + id_)));
}

follow_run::ending follow_run::on(const nothing&) {
  auto now = clock::now();
  if (snapshot_due_ && now >= *snapshot_due_)
    return fail_with(exit_code::node_lost,
                     fmt::format("the node at {} sends no events; its log may say why", with_.link.path()));
  if (now < look_due_) return std::nullopt;
  resuming_ = false;
  return look();
}

follow_run::ending follow_run::look() {
  auto status = with_.link.ask(query_import{id_});
  if (!status && status.error().code == exit_code::node_lost) return on(node_lost{});
  if (!status && status.error().code >= exit_code::interrupted) return on(interrupted{status.error().code});
  if (!status) return fail_with(status.error().code, status.error().sentence);
  view_.replace(std::move(*status));
  return show();
}

follow_run::ending follow_run::look_at_pools() {
  if (!shown_->wants_pools()) return std::nullopt;
  auto pools = pools_.look();
  if (!pools && pools.error().code >= exit_code::interrupted) return on(interrupted{pools.error().code});
  if (pools && *pools) shown_->show_pools(**pools);
  return std::nullopt;
}

bool follow_run::rests() const {
  auto state = view_.status()->state;
  return at_rest(state) && !(state == import_state::paused && resuming_);
}

follow_run::ending follow_run::show() {
  if (view_.status()->state != import_state::paused) resuming_ = false;
  if (rests()) {
    auto status = last_word();
    shown_->end(status, wall_clock());
    return status;
  }
  look_due_ = clock::now() + (resuming_ ? resume_patience : with_.link.waits().request);
  shown_->show(*view_.status(), wall_clock());
  return std::nullopt;
}

/// Some of an import's numbers settle after its state does, so the node is asked once more.
import_status follow_run::last_word() {
  auto status = with_.link.ask(query_import{id_});
  return status && at_rest(status->state) ? *status : *view_.status();
}

} // namespace

attempt<import_status> follow_import(const surroundings& with, const std::string& id,
                                     const import_status* started, bool only_end) {
  return follow_run{with, id, only_end}.run(started);
}

} // namespace tidemark::cli
