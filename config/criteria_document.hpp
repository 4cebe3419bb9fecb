/// The criteria file as a JSON document, before anything in it is understood. Internal to the part.
#pragma once

#include "config/problems.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// Parses JSON text. Broken text and members that stand twice in one object (of which a reader would see only
/// the last) become problems; nothing is returned if there is no document to look at.
std::optional<nlohmann::json> read_json(std::string_view text, problem_list& problems);

/// One JSON object, read member by member; what nobody asked for is reported as unknown.
class json_object {
public:
  /// A value that is not an object is reported, and then reads as an empty one without further complaints.
  json_object(const nlohmann::json& value, std::string path, problem_list& problems);

  /// Where the object, or one of its members, stands.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string path(std::string_view member) const;

  /// The member, or null. Marks it as known.
  const nlohmann::json* find(std::string_view member);

  /// A non-empty text, or "" if it is missing or wrong; a missing one is a problem only if `required` says
  /// why.
  std::string text(std::string_view member, std::string_view required = {});

  /// `true` or `false`; false if missing.
  bool flag(std::string_view member);

  /// A list of texts; with `or_one` a single text stands for a list of one.
  std::vector<std::string> texts(std::string_view member, bool or_one);

  /// An array, or null if it is missing or wrong; a missing one is a problem only if `required` says why.
  const nlohmann::json* array(std::string_view member, std::string_view required = {});

  /// Reports every member that was never asked for. Call it last.
  void refuse_unknown();

private:
  const nlohmann::json* value_ = nullptr;
  std::string path_;
  problem_list& problems_;
  std::set<std::string, std::less<>> known_;
};

} // namespace tidemark
