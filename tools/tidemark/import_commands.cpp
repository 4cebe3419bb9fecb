#include "messages/import_id.hpp"
#include "tools/tidemark/ask.hpp"
#include "tools/tidemark/commands.hpp"
#include "tools/tidemark/follow_all.hpp"
#include "tools/tidemark/follow_import.hpp"
#include "tools/tidemark/name_check.hpp"

#include <fmt/format.h>

namespace tidemark::cli {

namespace {

constexpr std::uint32_t usual_sample = 60; // without a fault: at most 4.9 % of all ranges have one
constexpr std::uint32_t largest_sample = 1'000'000;
constexpr std::uint32_t rows_of_a_page = 1000;
constexpr const char* waiting =
    "stay until the import ends; Ctrl-C detaches, the import goes on; with =summary only its end is told";

/// Whether a command stays until the import ends, and how much it tells meanwhile.
enum class stay : std::uint8_t { no, watching, for_summary };

struct start_words : start_import {
  stay wait = stay::no;
  bool verifies = false;
  bool no_verify = false;
};

struct verify_words : start_import {
  verify_words() { mode = import_mode::verify; }
};

struct resume_words : resume_import {
  stay wait = stay::no;
};

struct retry_words : retry_import {
  stay wait = stay::no;
};

struct list_words : list_imports {
  list_words() { limit = 20; }
  std::string state;
  std::string record_type;
};

template <class Words>
void add_wait(entry_builder<Words>& to) {
  to.flag_with("--wait", {"summary"}, waiting, [](Words& x, const std::string& how) {
    x.wait = how.empty() ? stay::watching : stay::for_summary;
  });
}

struct watch_words {
  std::string id;
};

std::vector<std::string> import_states() {
  std::vector<std::string> names;
  for (auto state = import_state::queued; state <= import_state::failed;
       state = static_cast<import_state>(static_cast<int>(state) + 1))
    names.emplace_back(to_string(state));
  return names;
}

/// The wish to end came before the answer.
template <class Answer>
bool detached(const attempt<Answer>& answer) {
  return !answer && answer.error().code >= exit_code::interrupted;
}

/// Where the records are that an import could not take, and what becomes of them.
void tell_of_rejected(const import_status& status, const surroundings& with) {
  if (status.records.rejected == 0) return;
  with.to.say({{fmt::format("\"{}\" shows the rejected {}, with reasons; {} fetched again by the next import",
                            with.call("rejected " + status.tenant),
                            status.records.rejected == 1 ? "record" : "records",
                            status.records.rejected == 1 ? "it is" : "they are"),
                tone::dim}});
}

exit_code follow(const std::string& id, const import_status* started, const surroundings& with,
                 stay how = stay::watching) {
  auto status = follow_import(with, id, started, how == stay::for_summary);
  if (!status) return complain(with.to, status.error());
  if (!with.to.json) {
    with.to.print(proofs(*status, with.to.width()));
    tell_of_rejected(*status, with);
    bool errors = status->state == import_state::failed
                  || (status->state == import_state::completed_with_errors && has_errors(*status));
    if (errors)
      with.to.say({{fmt::format("\"{}\" shows the errors", with.call("import status " + id)), tone::dim}});
  }
  return exit_code_of(status->state);
}

/// Whether there is a paused import that a start would let go on. By the time that this is answered it does.
attempt<std::string> paused_one(const start_words& what, const surroundings& with) {
  auto list = with.link.ask(list_imports{what.tenant, rows_of_a_page});
  if (detached(list)) return std::unexpected(std::move(list.error()));
  if (!list) return std::string{};
  for (auto& x : list->imports)
    if (x.state == import_state::paused && x.record_type == what.record_type && x.mode == what.mode)
      return x.id;
  return std::string{};
}

/// What a start or a resume has come to, in a sentence.
line told_as_begun(const import_status& status, bool was_there, bool was_paused) {
  line sentence{{"import "},
                {status.id, tone::strong},
                {fmt::format(" of {} for tenant {} ", status.record_type, status.tenant)}};
  if (was_paused || status.state == import_state::paused)
    sentence.push_back({"was paused and goes on", tone::active});
  else
    sentence.push_back({fmt::format("is {}{}", to_string(status.state), was_there ? " already" : ""),
                        tone_of(status.state)});
  return sentence;
}

/// Tells of an import that was started or resumed, and stays with it if that is wanted. `was_there`: it is
/// older than the wish.
exit_code begun(const attempt<import_status>& status, stay wait, const surroundings& with,
                bool was_there = false, bool was_paused = false) {
  if (!status) return tell(with.to, status);
  if (!with.to.json && (was_there || wait == stay::no))
    with.to.say(told_as_begun(*status, was_there, was_paused));
  if (wait != stay::no) return follow(status->id, &*status, with, wait);
  if (with.to.json) return tell(with.to, status);
  with.to.say(
      {{fmt::format("\"{}\" shows how it goes", with.call("import watch " + status->id)), tone::dim}});
  return exit_code::done;
}

exit_code start(const start_words& what, const surroundings& with) {
  auto wanted = signed_by<start_import>(what, with);
  // A full import proves that it is complete unless it is told not to; an incremental one only if it is told
  // to.
  wanted.options.verify = what.verifies || (what.mode == import_mode::full && !what.no_verify);
  auto paused = with.to.json ? attempt<std::string>{""} : paused_one(what, with);
  if (!paused) return complain(with.to, paused.error());
  auto asked_at = wall_clock();
  auto status = with.link.ask(wanted);
  if (detached(status))
    return complain(with.to,
                    {status.error().code,
                     fmt::format("ended before the node answered; whether the import was started says \"{}\"",
                                 with.call("import list --tenant " + what.tenant))});
  return begun(status, what.wait, with, status && status->requested_at < asked_at,
               status && status->id == *paused);
}

exit_code verify(const verify_words& what, const surroundings& with) {
  auto status = with.link.ask(signed_by<start_import>(what, with));
  if (!status) return tell(with.to, status);
  return follow(status->id, &*status, with);
}

exit_code resume(const resume_words& what, const surroundings& with) {
  return begun(with.link.ask(signed_by<resume_import>(what, with)), what.wait, with);
}

exit_code retry(const retry_words& what, const surroundings& with) {
  return begun(with.link.ask(signed_by<retry_import>(what, with)), what.wait, with);
}

exit_code accept(const accept_deletions& what, const surroundings& with) {
  auto tenant = std::string{tenant_of(what.id).value_or("")};
  if (auto known = check_record_type(what.record_type, tenant, with.link); !known)
    return complain(with.to, known.error());
  auto status = with.link.ask(signed_by(what, with));
  if (!status || with.to.json) return tell(with.to, status);
  for (auto& note : status->notes)
    if (note.code == "deletions_accepted"
        && (what.record_type.empty() || note.record_type == what.record_type))
      with.to.say({{note.text}});
  return exit_code::done;
}

exit_code cancel(const cancel_import& what, const surroundings& with) {
  auto receipt = with.link.ask(signed_by(what, with));
  if (detached(receipt))
    return complain(with.to,
                    {receipt.error().code,
                     fmt::format("ended before the cancel was done; it goes on, and \"{}\" shows its receipt",
                                 with.call("import cancel " + what.id))});
  return tell(with.to, receipt);
}

/// Those of them that are of a state and a record type. The node lists all, so pages are read until enough of
/// them fit.
exit_code list_some(const list_words& what, const surroundings& with) {
  import_list found;
  list_imports wanted{what};
  wanted.limit = rows_of_a_page;
  auto is_meant = [&](const import_status& x) {
    return (what.state.empty() || to_string(x.state) == what.state)
           && (what.record_type.empty() || x.record_type == what.record_type);
  };
  do {
    auto page = with.link.ask(wanted);
    if (!page) return complain(with.to, page.error());
    wanted.after = page->next;
    for (auto& x : page->imports)
      if (is_meant(x) && found.imports.size() < what.limit) found.imports.push_back(std::move(x));
    if (found.missing.empty()) found.missing = std::move(page->missing);
  } while (wanted.after != import_place{} && found.imports.size() < what.limit);
  // A type that no import was of may be one that nobody knows.
  if (found.imports.empty())
    if (auto known = check_record_type(what.record_type, what.tenant, with.link); !known)
      return complain(with.to, known.error());
  return tell<import_list>(with.to, std::move(found));
}

exit_code list(const list_words& what, const surroundings& with) {
  if (!what.state.empty() || !what.record_type.empty()) return list_some(what, with);
  return tell_pages(with, list_imports{what});
}

exit_code watch(const watch_words& what, const surroundings& with) {
  return what.id.empty() ? follow_all(with) : follow(what.id, nullptr, with);
}

} // namespace

void add_import_commands(grammar& to) {
  to.begin_group("imports");
  auto start_entry =
      to.add<start_words>("import start", "import a record type with all it depends on", start);
  start_entry.about("If such an import is under way already, it is the answer; a paused one goes on.")
      .tenant(&start_words::tenant)
      .record_type(&start_words::record_type)
      .flag("--incremental", "only what has changed since the last import, deletions included",
            [](start_words& x) { x.mode = import_mode::incremental; })
      .value({"--since",
              "TIME",
              "incremental, from this time on at least: 2024-02-29 or 2024-02-29T12:00:00Z",
              word_kind::text,
              {},
              false,
              false,
              {}},
             [](start_words& x, const std::string& word) {
               auto time = parse_time(word);
               if (!time) return no_time(word);
               x.mode = import_mode::incremental;
               x.options.since = std::max<unix_ms>(*time, 1); // zero would say that none was given
               return std::string{};
             })
      .flag("--reconcile", "incremental, and find by comparison what was deleted unlogged",
            [](start_words& x) {
              x.mode = import_mode::incremental;
              x.options.reconcile = true;
            })
      .flag("--verify", &start_words::verifies,
            "compare with the account at the end; a full import does so unless told otherwise")
      .flag("--no-verify", &start_words::no_verify, "do not compare with the account at the end")
      .flag("--queue", "wait for an import of this type in another mode instead of being refused",
            [](start_words& x) { x.queue = true; })
      .check([](const start_words& x) {
        return x.verifies && x.no_verify ? std::string{"either --verify or --no-verify"} : std::string{};
      });
  add_wait(start_entry);
  to.add<verify_words>("verify", "compare a record type with the account and put right what differs", verify)
      .about("Compares counts and sums of keys and of some values, imports ranges that differ once more, and "
             "stays until it is done. Exits with 3 if something differs still.")
      .tenant(&verify_words::tenant)
      .record_type(&verify_words::record_type, "the record type")
      .flag("--deep", "and compare ranges chosen at random value by value",
            [](verify_words& x) { x.options.deep = std::max(x.options.deep, usual_sample); })
      .value({"--ranges",
              "N",
              "deep, with so many ranges of about 1000 records; 60 unless said",
              word_kind::text,
              {},
              false,
              false,
              {}},
             [](verify_words& x, const std::string& word) {
               auto count = read_number<std::uint32_t>(word, 1, largest_sample);
               if (!count) return no_number(word, "1", std::to_string(largest_sample));
               x.options.deep = *count;
               return std::string{};
             })
      .flag("--queue", "wait for an import of this type that is under way instead of being refused",
            [](verify_words& x) { x.queue = true; });
  ask<query_import>(to, "import status", "how an import stands").import_id(&query_import::id);
  to.add<watch_words>("import watch", "follow an import until it ends", watch)
      .about("Ctrl-C detaches, the import goes on.")
      .import_id(&watch_words::id);
  to.add<watch_words>("watch", "follow an import, or all that are under way", watch)
      .about("With an id the same as \"import watch\". Without one it stays until Ctrl-C, and shows imports "
             "that begin "
             "meanwhile as well.")
      .import_id(&watch_words::id)
      .optional();
  to.add<cancel_import>("import cancel", "cancel an import", cancel)
      .about("Answers with the receipt when nothing of it runs any more.")
      .import_id(&cancel_import::id);
  ask<pause_import>(to, "import pause", "let an import rest, also over restarts of the node")
      .about("Requests that are open may end first; answers when nothing of it runs any more.")
      .import_id(&pause_import::id);
  auto resume_entry =
      to.add<resume_words>("import resume", "let a paused import go on, whatever paused it", resume);
  resume_entry.import_id(&resume_words::id);
  add_wait(resume_entry);
  auto retry_entry =
      to.add<retry_words>("import retry", "run again what has failed: every failed batch, or one", retry);
  retry_entry
      .about(
          "Of an import that has ended with errors, failed, or is paused. Of a failed one everything that is "
          "not done goes on.")
      .import_id(&retry_words::id)
      .option("--batch", "K", &retry_words::batch, "only this batch; \"batches ID\" shows the numbers",
              std::uint64_t{1})
      .flag("--failed", "every failed batch, as without it", [](retry_words& x) { x.batch = 0; });
  add_wait(retry_entry);
  to.add<accept_deletions>("import accept-deletions", "carry out the deletions that an import holds", accept)
      .about(
          "An import that finds far more records gone than is usual (the criteria's deletion_guard) deletes "
          "none of them, since a role that sees less looks the same. This says that they are gone indeed.")
      .import_id(&accept_deletions::id)
      .option("--type", "R", &accept_deletions::record_type, "only those of this record type",
              word_kind::record_type);
  to.add<list_words>("import list", "the imports of the node, newest first", list)
      .option("--tenant", "TENANT", &list_words::tenant, "only those of this tenant", word_kind::tenant)
      .choice_option("--state", "S", import_states(), "only those in this state",
                     [](list_words& x, const std::string& state) { x.state = state; })
      .option("--type", "R", &list_words::record_type, "only those of this main record type",
              word_kind::record_type)
      .option("--limit", "N", &list_words::limit, "at most so many; 20 unless said", 1U, 10'000U);
}

} // namespace tidemark::cli
