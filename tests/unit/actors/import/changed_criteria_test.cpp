/// Criteria that change under an import, at a reload or between two starts: it goes on with what it planned,
/// or names what has changed.
#include <cstdlib>
#include <functional>
#include <map>
#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "actors/import/plan_review.hpp"
#include "import/run_world.hpp"
namespace changed_criteria_test {

using namespace tidemark;
using namespace std::chrono_literals;

using type_list = std::vector<record_type>;
using edit = std::function<void(type_list&)>;

record_type& of(type_list& types, const std::string& name) {
  auto found = std::ranges::find(types, name, &record_type::name);
  REQUIRE(found != types.end());
  return *found;
}

/// The type, and whatever refers to it.
void remove_type(type_list& types, const std::string& name) {
  std::erase_if(types, [&](auto& type) { return type.name == name; });
  for (auto& type : types) {
    std::erase(type.depends_on, name);
    std::erase_if(type.fields, [&](auto& x) { return std::ranges::count(x.references, name) > 0; });
  }
}

void add_field(record_type& type, const std::string& name) {
  type.fields.push_back({name, field_type::text, {}, false, false, name});
}

/// A new type that an old one waits for.
void add_type(type_list& types, const std::string& name, const std::string& waits) {
  record_type added;
  added.name = added.table = name;
  added.key = "id";
  added.fields.push_back({"id", field_type::id, {}, false, false, "id"});
  of(types, waits).depends_on.push_back(name);
  types.push_back(std::move(added));
}

std::shared_ptr<const criteria> made_of(const type_list& types) {
  return std::make_shared<const criteria>(types);
}

/// Each batch's pick-ups add up, in the ledger and in whatever the import said of itself.
bool adds_up(const batch_counters& n, std::uint64_t running) {
  return n.picked_up == n.completed + n.failed_attempts + n.split + n.released + n.interrupted + running;
}

struct changing_world : run_world {
  explicit changing_world(bool on_legacy_path) {
    legacy = on_legacy_path;
    hold_pages({"invoice"});
  }

  /// A clean stop, other files, another start.
  void reload(const edit& change) {
    halt(pause_cause::none);
    auto now = types->record_types();
    change(now);
    adopt_criteria(made_of(now));
    ends.clear();
    go_on();
  }

  /// Until the import has ended, or nothing has happened for long.
  void finish() {
    for (int i = 0; i < 200 && (ends.empty() || !is_final(ends.back().state)); ++i) {
      answer_all();
      advance(500ms);
    }
    REQUIRE_FALSE(ends.empty());
    REQUIRE(is_final(ends.back().state));
    for (auto& event : journal.heard<import_event>())
      CHECK(adds_up(event.import.pick_ups, event.import.batches.running));
    for (auto& batch : ledger().batches) CHECK(adds_up(batch.counters, batch.state == batch_state::running));
  }

  bool has_note(const std::string& code, const std::string& record_type) {
    return std::ranges::any_of(ledger().notes,
                               [&](auto& x) { return x.code == code && x.record_type == record_type; });
  }
};

/// What each of these cases is true of.
void on_both_paths(const std::function<void(changing_world&)>& check) {
  for (bool legacy : {false, true}) {
    CAPTURE(legacy);
    changing_world it{legacy};
    check(it);
  }
}

TEST_CASE("a completed record type that the criteria lose is lost to nobody: the import goes on without it") {
  on_both_paths([](auto& it) {
    it.start();
    it.reload([](auto& types) { remove_type(types, "method"); });
    it.finish();
    CHECK(it.ends.back().error == "");
    CHECK(it.ends.back().state == import_state::completed);
    CHECK(it.type_in_ledger("method").state == type_state::completed);
    CHECK(it.type_in_ledger("payment").state == type_state::completed);
  });
}

TEST_CASE(
    "a record type that the criteria gain is not this import's, even if one of its types refers to it") {
  on_both_paths([](auto& it) {
    it.start();
    it.reload([](auto& types) { add_type(types, "region", "payment"); });
    it.finish();
    CHECK(it.ends.back().state == import_state::completed);
    CHECK(it.ledger().types.size() == 5);
  });
}

TEST_CASE("a record type that is still needed and gone fails, by name") {
  on_both_paths([](auto& it) {
    it.start();
    it.reload([](auto& types) { remove_type(types, "invoice"); });
    it.finish();
    CHECK(it.ends.back().state == import_state::failed);
    CHECK(contains(it.ends.back().error, "invoice is no longer in the criteria that this import began with"));
    CHECK(it.type_in_ledger("invoice").state == type_state::failed);
    CHECK(contains(it.type_in_ledger("invoice").error, "no longer in the criteria"));
    CHECK(it.state_in_ledger() == import_state::failed);
  });
}

TEST_CASE("so does the main record type") {
  on_both_paths([](auto& it) {
    it.start();
    it.reload([](auto& types) { remove_type(types, "payment"); });
    it.finish();
    CHECK(it.ends.back().state == import_state::failed);
    CHECK(it.type_in_ledger("payment").state == type_state::failed);
  });
}

TEST_CASE(
    "a record type that is still needed and described differently fails, and its error names the change") {
  std::map<std::string, edit> changes{
      {"its table was 'invoice' and is 'invoices' now", [](auto& x) { of(x, "invoice").table = "invoices"; }},
      {"its key was 'id' and is 'customer' now", [](auto& x) { of(x, "invoice").key = "customer"; }},
      {"its filter was none and is 't.x = 1' now", [](auto& x) { of(x, "invoice").filter = "t.x = 1"; }},
      {"its set_of was none and is 'customer by customer' now",
       [](auto& x) { of(x, "invoice").set = set_of{"customer", "customer"}; }},
      {"its field 'item': type was 'reference' and is 'text' now",
       [](auto& x) { of(x, "invoice").fields[2].type = field_type::text; }},
      {"its field 'item': column was 'item' and is 'article' now",
       [](auto& x) { of(x, "invoice").fields[2].column = "article"; }}};
  for (auto& [text, change] : changes) {
    CAPTURE(text);
    on_both_paths([&](auto& it) {
      it.start();
      it.reload(change);
      it.finish();
      CHECK(it.ends.back().state == import_state::failed);
      CHECK(contains(it.ends.back().error, text));
      CHECK(contains(it.type_in_ledger("invoice").error, text));
    });
  }
}

TEST_CASE("what has failed for changed criteria can be retried when they are put back") {
  on_both_paths([](auto& it) {
    auto before = it.types;
    it.start();
    it.reload([](auto& types) { remove_type(types, "invoice"); });
    it.finish();
    it.adopt_criteria(before);
    auto again = it.template ask<retried>(it.database, retry_batches{"demo.1", 0});
    REQUIRE_FALSE(again.failed());
    it.ends.clear();
    it.go_on();
    it.finish();
    CHECK(it.ends.back().state == import_state::completed);
    CHECK(it.ends.back().records.stored == 25);
  });
}

TEST_CASE("a field that comes in while a type is read is left out, noted, until the next import") {
  on_both_paths([](auto& it) {
    it.start();
    it.account.queries.clear();
    it.reload([](auto& types) {
      add_field(of(types, "invoice"), "memo");
      add_field(of(types, "payment"), "memo");
    });
    it.finish();
    CHECK(it.ends.back().state == import_state::completed);
    // Nothing of payments had been planned yet.
    CHECK(it.has_note("column_dropped", "invoice"));
    CHECK_FALSE(it.has_note("column_dropped", "payment"));
    for (auto& sql : it.account.queries)
      if (contains(sql, "FROM invoice t")) CHECK_FALSE(contains(sql, "memo"));
    CHECK(std::ranges::any_of(it.account.queries, [](auto& sql) { return contains(sql, "t.memo"); }));
  });
}

TEST_CASE("what cannot be compared any more is told, and the import ends") {
  on_both_paths([](auto& it) {
    it.options.verify = true;
    it.engine.rule = [&it](const http_request& request) -> std::optional<http_response> {
      if (contains(sql_of(request), "AS bucket")) return std::nullopt;
      return it.account.answer(request);
    };
    it.start();
    if (it.legacy)
      it.answer(it.account.answer(it.engine.open[0].request)); // that of the customers: the items' is next
    it.reload([](auto& types) { remove_type(types, "item"); });
    it.finish();
    CHECK(it.type_in_ledger("item").state == type_state::completed);
    CHECK(it.ends.back().state == import_state::completed);
    CHECK(it.has_note("not_verified", "item"));
    CHECK(it.type_in_ledger("item").verified.result == proof::failed);
    CHECK(it.type_in_ledger("customer").verified.result == proof::complete);
  });
}

TEST_CASE("an import of an older ledger, that does not know how its types were described, goes on") {
  on_both_paths([](auto& it) {
    it.start();
    it.halt(pause_cause::none);
    auto rows = it.ledger().types;
    for (auto& row : rows) row.description.clear();
    REQUIRE_FALSE(it.template ask<done>(it.database, save_types{"demo.1", rows}).failed());
    it.ends.clear();
    it.go_on();
    it.finish();
    CHECK(it.ends.back().state == import_state::completed);
    CHECK_FALSE(it.type_in_ledger("payment").description.empty());
  });
}

TEST_CASE("a type whose table the database refuses fails by name, and does not pause the import") {
  on_both_paths([](auto& it) {
    // As an older ledger's import, which learns of the change from the database alone.
    it.start();
    it.halt(pause_cause::none);
    auto rows = it.ledger().types;
    for (auto& row : rows) row.description.clear();
    REQUIRE_FALSE(it.template ask<done>(it.database, save_types{"demo.1", rows}).failed());
    it.reload([](auto& types) {
      of(types, "invoice").key = "customer";
      of(types, "customer").fields[1].type = field_type::integer; // it has ended
    });
    it.finish();
    CHECK(it.ends.back().state == import_state::failed);
    CHECK(contains(it.ends.back().error, "record type invoice failed"));
  });
}

// -- histories
// -----------------------------------------------------------------------------------------------------

/// Criteria that change at random, between all steps of an import.
class history {
public:
  history(std::uint64_t seed, bool legacy) : random_(seed), it_(legacy) {
    it_.engine.rule = nullptr;
    it_.mode = below(2) == 0 ? import_mode::full : import_mode::incremental;
    it_.options.verify = below(2) == 0;
    original_ = it_.types->record_types();
    now_ = original_;
  }

  void run() {
    it_.start();
    for (auto reloads = 1 + below(4); reloads > 0 && !is_over(); --reloads) {
      answer_some(below(14));
      if (is_over()) break;
      stop();
      if (is_over()) break; // it ended in that moment
      for (auto edits = 1 + below(2); edits > 0; --edits) change();
      it_.adopt_criteria(made_of(now_));
      foresee();
      it_.ends.clear();
      it_.go_on();
      ++reloads_;
    }
    it_.finish();
    auto& end = it_.ends.back();
    CAPTURE(end.error);
    CHECK(end.state == (broken_.empty() ? import_state::completed : import_state::failed));
    if (broken_.empty()) return;
    CHECK(std::ranges::any_of(broken_, [&](auto& name) { return contains(end.error, name); }));
    ++failed_;
  }

  int reloads_ = 0;
  int failed_ = 0;

private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  template <class T>
  T& any_of(std::vector<T>& all) {
    return all[below(all.size())];
  }

  bool is_over() const { return !it_.ends.empty() && is_final(it_.ends.back().state); }

  void answer_some(std::uint64_t count) {
    for (; count > 0 && !is_over(); --count) {
      it_.settle();
      if (it_.engine.open.empty()) {
        it_.advance(200ms);
        continue;
      }
      auto& open = it_.engine.open[below(it_.engine.open.size())].request;
      it_.engine.close(open.id, it_.account.answer(http_request{open}));
      it_.settle();
    }
  }

  void stop() {
    if (below(2) == 0)
      it_.halt(pause_cause::none);
    else
      it_.crash(it_.actor);
    for (int i = 0; i < 20; ++i) it_.advance(100ms);
  }

  void change() {
    auto before = now_;
    if (now_.empty()) {
      now_ = original_;
      return;
    }
    auto& type = any_of(now_);
    switch (below(11)) {
    case 0: remove_type(now_, std::string{type.name}); break;
    case 1: add_type(now_, fmt::format("gained{}", ++gained_), std::string{type.name}); break;
    case 2: add_field(type, fmt::format("field{}", ++gained_)); break;
    case 3:
      if (type.fields.size() > 1) type.fields.pop_back();
      break;
    case 4:
      if (type.fields.size() > 1) {
        auto& last = type.fields.back();
        last.type = last.type == field_type::text ? field_type::integer : field_type::text;
        last.references.clear();
      }
      break;
    case 5:
      it_.account.tables[type.table + "x"] = it_.account.tables[type.table];
      type.table += "x";
      break;
    case 6: type.filter += type.filter.empty() ? "t.y = 1" : " AND t.y = 1"; break;
    case 7: {
      auto& other = any_of(now_);
      if (other.name != type.name) type.depends_on.push_back(other.name);
      break;
    }
    case 8: type.depends_on.clear(); break;
    case 9: type.deleted_as = deleted_record_name{"type", fmt::format("X{}", below(9))}; break;
    default: now_ = original_; break;
    }
    if (!check_order(criteria{now_})) now_ = before;
  }

  /// The record types that the import still needs and that break now, told from the criteria themselves.
  void foresee() {
    auto ledger = it_.ledger();
    auto before = std::exchange(last_, now_);
    if (before.empty()) before = original_;
    if (ledger.types.empty() && !resolve(criteria{now_}, "payment")) broken_.insert("payment");
    for (auto& row : ledger.types) {
      if (row.description.empty()) continue;
      // What counts as planned is what was there when the row was written first, with fields as they were
      // since.
      auto [known, added] = planned_.try_emplace(row.name);
      if (added) known->second = *std::ranges::find(before, row.name, &record_type::name);
      if (is_final(row.state)) continue;
      auto present = std::ranges::find(now_, row.name, &record_type::name);
      if (present == now_.end() || differs(known->second, *present))
        broken_.insert(row.name);
      else
        known->second = *present;
    }
  }

  static bool differs(const record_type& then, const record_type& now) {
    if (then.table != now.table || then.key != now.key || then.filter != now.filter || then.set != now.set)
      return true;
    return std::ranges::any_of(then.fields, [&](auto& x) {
      auto same = now.find_field(x.name);
      return same != nullptr && (same->type != x.type || same->column != x.column);
    });
  }

  std::mt19937_64 random_;
  changing_world it_;
  type_list original_;
  type_list now_;
  type_list last_; ///< at the last reload
  std::map<std::string, record_type> planned_;
  std::set<std::string> broken_;
  int gained_ = 0;
};

TEST_CASE(
    "whenever the criteria change under an import, it ends: completed, or failed by the name of a change") {
  const char* full = std::getenv("TIDEMARK_FULL");
  std::uint64_t histories = full != nullptr && std::string{full} == "1" ? 1000 : 150;
  int reloads = 0;
  int failed = 0;
  for (std::uint64_t seed = 1; seed <= histories; ++seed)
    for (bool legacy : {false, true}) {
      CAPTURE(seed);
      CAPTURE(legacy);
      history of_one{seed, legacy};
      of_one.run();
      reloads += of_one.reloads_;
      failed += of_one.failed_;
    }
  CHECK(reloads > static_cast<int>(histories));
  CHECK(failed > static_cast<int>(histories) / 4);
  CHECK(failed < reloads);
}

} // namespace changed_criteria_test
