/// The ways to show an import that is under way: pictures on a terminal, lines in a log, objects for
/// programs.
#pragma once

#include "messages/wire/imports.hpp"
#include "messages/wire/journal.hpp"
#include "messages/wire/slots.hpp"
#include "tools/tidemark/console.hpp"
#include "tools/tidemark/inbox.hpp"

#include <memory>
#include <vector>

namespace tidemark::cli {

class watch_view {
public:
  virtual ~watch_view() = default;

  virtual void told(const journal_snapshot&, const import_status&) {}
  virtual void told(const import_event&) {}

  /// The import as it stands now.
  virtual void show(const import_status& status, unix_ms now) = 0;
  /// Whether the slots of the accounts are shown as well, and how these stand now.
  virtual bool wants_pools() const { return false; }
  virtual void show_pools(const std::vector<pool_status>&) {}
  /// When `refresh` wants to be called next.
  virtual clock::time_point due() const { return clock::time_point::max(); }
  virtual void refresh(clock::time_point) {}
  virtual void terminal_changed(bool /*overwritten*/) {}

  /// The import rests. Nothing is shown after that.
  virtual void end(const import_status& status, unix_ms now) = 0;
  /// The import goes on unwatched: somebody else is going to write.
  virtual void leave() {}
};

/// The view that suits the console.
std::unique_ptr<watch_view> make_watch_view(const console& to);

/// One that shows nothing but the end.
std::unique_ptr<watch_view> make_end_view(const console& to);

} // namespace tidemark::cli
