// What an account has beyond the criteria: found out, and kept in an overlay.
#include "config/criteria_writer.hpp"
#include "config/text_file.hpp"
#include "tools/tidemark/ask.hpp"
#include "tools/tidemark/commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace tidemark::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_overlay_bytes = 4 << 20;

struct discover_words : discover_criteria {
  std::string file;
};

trouble cannot_write(const std::string& file, const std::string& why) {
  return {exit_code::failed, fmt::format("{} cannot be written: {}", file, why)};
}

/// The file as it was, or as it will be: never a part of it.
attempt<void> write_whole(const fs::path& file, const std::string& text) {
  auto beside = file;
  beside += ".new";
  std::ofstream out{beside, std::ios::binary | std::ios::trunc};
  out << text;
  out.close();
  if (!out) return std::unexpected(cannot_write(beside.string(), "look at its folder and the disk"));
  std::error_code error;
  fs::rename(beside, file, error);
  if (error) return std::unexpected(cannot_write(file.string(), error.message()));
  return {};
}

/// Into the file; what stands in it already stays.
attempt<void> keep(const discovery& found, const std::string& file) {
  std::error_code none;
  auto text = found.overlay;
  if (fs::exists(file, none)) {
    auto before = read_text_file(file, max_overlay_bytes);
    if (!before) return std::unexpected(trouble{exit_code::refused, before.error().message});
    auto merged = merge_overlays(before->text, file, found.overlay);
    if (!merged) return std::unexpected(trouble{exit_code::refused, merged.error().message});
    text = std::move(*merged);
  }
  return write_whole(file, text);
}

/// What the node has found out; an error if the account does not have what was asked for.
attempt<discovery> find_out(const discover_criteria& what, const surroundings& with) {
  auto found = with.link.ask(what, {}, with.tells_of_waiting(what.tenant));
  if (found && !found->unknown.empty())
    return std::unexpected(trouble{
        exit_code::refused, fmt::format("{} is neither described nor a custom record or list of the account",
                                        fmt::join(found->unknown, ", "))});
  return found;
}

exit_code code_of(const discovery& found) {
  return found.not_tried.empty() ? exit_code::done : exit_code::completed_with_errors;
}

exit_code discover(const discover_words& what, const surroundings& with) {
  auto found = find_out(what, with);
  if (!found) return complain(with.to, found.error());
  if (!what.file.empty()) {
    if (auto kept = keep(*found, what.file); !kept) return complain(with.to, kept.error());
  }
  if (with.to.json) {
    auto told = tell(with.to, found);
    return told == exit_code::done ? code_of(*found) : told;
  }
  // The overlay alone on standard output, so that it can be put into a file.
  if (what.file.empty()) {
    for (auto* sentences : {&found->not_tried, &found->remarks})
      for (auto& x : *sentences) with.to.complain({exit_code::done, x});
    with.to.out(found->overlay);
    return code_of(*found);
  }
  auto code = tell(with.to, found);
  if (code == exit_code::done) code = code_of(*found);
  with.to.say(
      {{fmt::format("{} fields and record types are in {}; name it as criteria_overlay of tenant {} and "
                    "reload the node",
                    found->gained.size(), what.file, what.tenant)}});
  return code;
}

exit_code tell_differences(const discover_criteria& what, const surroundings& with) {
  auto found = find_out(what, with);
  auto code = tell(with.to, found);
  if (!found || code != exit_code::done) return code;
  const bool same = found->gained.empty() && found->lost.empty() && found->changed.empty();
  return same ? code_of(*found) : exit_code::completed_with_errors;
}

} // namespace

void add_criteria_commands(grammar& to) {
  to.begin_group("criteria");
  to.add<discover_words>("criteria discover", "describe what an account has added: fields, records, lists",
                         discover)
      .about(
          "Asks the account's metadata catalogue, its tables of custom fields, records and lists, and each "
          "table for one record; prints an overlay. References are weak: they make nothing come first until "
          "you say so.")
      .tenant(&discover_words::tenant)
      .words("TYPE", &discover_words::record_types, "only these record types", word_kind::record_type)
      .optional()
      .option("--to", "FILE", &discover_words::file,
              "into this file; what stands in it already stays as it is");
  to.add<discover_criteria>("criteria diff", "what an account has gained or lost since it was described",
                            tell_differences)
      .about("Ends with 3 if there is a difference, or if something could not be asked.")
      .tenant(&discover_criteria::tenant)
      .words("TYPE", &discover_criteria::record_types, "only these record types", word_kind::record_type)
      .optional();
}

} // namespace tidemark::cli
