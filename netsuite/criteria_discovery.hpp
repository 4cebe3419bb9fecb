/// What an account has that criteria do not describe: which questions tell, and what the answers mean. A pure
/// core.
///
/// The metadata catalogue tells each record type's fields; the tables of custom fields, records and lists
/// tell what fields point at, and stand in for a catalogue that is not to be had; where neither knows a
/// table, a few of its records do. What was found is asked for once by a query, since the catalogue names
/// columns that queries do not know.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/criteria.hpp"
#include "messages/http.hpp"
#include "messages/wire/account.hpp"
#include "netsuite/metadata_catalogue.hpp"
#include "netsuite/projection.hpp"
#include "netsuite/small_rows.hpp"

namespace tidemark {

class criteria_discovery {
public:
  static constexpr const char* actor_name = "discovery";

  /// `wanted`: record types and groups, described ones or such as the account has; none: all. `imported`:
  /// record types that the account had when they were imported.
  criteria_discovery(std::string tenant, std::string base_url, const std::vector<std::string>& wanted,
                     std::shared_ptr<const criteria> types, std::set<std::string> imported = {});

  /// Whether a name can be wanted, before anything is asked: it is described, or may be a custom record or
  /// list of the account.
  static bool may_be_wanted(const std::string& name, const criteria& types);

  // As in `account_check`.
  std::optional<http_request> next();
  bool is_probe() const noexcept { return false; }
  void answered(const http_response& response, const failure& what, unix_ms now);
  bool again(const http_response& response, const failure& what, unix_ms now) noexcept;
  void sent(std::uint32_t requests) noexcept { requests_ = requests_ - 1 + requests; }
  void give_up(const std::string& why);
  discovery report() const;

private:
  enum class topic : std::uint8_t {
    catalogue,
    custom_types,
    custom_lists,
    custom_fields,
    schema,
    rows,
    query
  };

  struct question {
    topic about;
    std::string table = {};
    std::string name = {};                 ///< of a schema
    std::uint32_t offset = 0;              ///< of a page
    std::vector<catalogue_field> fields{}; ///< of a query
  };

  /// A row of `customfield`.
  struct custom_field {
    std::string script_id;
    std::string value_type;
    std::optional<std::int64_t> points_at;
    std::optional<std::int64_t> owner; ///< of a custom record's field
  };

  enum class state : std::uint8_t { unknown, there, lost };

  struct table_facts {
    std::map<std::string, catalogue_field> fields; ///< custom ones, by column
    bool described = false;                        ///< the criteria have it
    bool is_known = false;                         ///< some way told its fields
    bool by_rows = false;
    state how = state::unknown;
    std::set<std::string> confirmed; ///< columns that a query may name
    std::set<std::string> refused;
    std::uint32_t repeats = 0;
  };

  http_request request_for(const question& what) const;
  void read_catalogue(const http_response& response, const failure& what);
  void read_custom_types(const http_response& response, const failure& what, const std::string& table);
  void read_custom_fields(const question& asked, const http_response& response, const failure& what);
  void read_schema(const question& asked, const http_response& response, const failure& what);
  void read_rows(const question& asked, const http_response& response, const failure& what);
  void read_query(const question& asked, const http_response& response, const failure& what);

  void plan_tables();
  void plan_table(const std::string& table);
  void settle(const std::string& table);
  std::set<std::string> catalogue_names(const std::string& table) const;
  void add_custom_fields(const std::string& table, table_facts& to) const;
  bool is_on(const custom_field& what, const std::string& table) const;
  catalogue_field as_field(const custom_field& what) const;
  std::string target_of(const custom_field& what) const;
  std::string segment_target(const std::string& name) const;
  void want(const std::string& name);
  bool is_wanted(const std::string& table) const;
  std::set<std::string> described_columns(const std::string& table) const;
  std::set<std::string> known_columns(const std::string& table) const;

  std::optional<field> field_for(const catalogue_field& what) const;
  std::string about(const catalogue_field& what) const;
  void tell_described(const record_type& type, discovery& out, std::vector<record_type>& overlay) const;
  void tell_new(const std::string& table, const table_facts& facts, discovery& out,
                std::vector<record_type>& overlay) const;
  void remark(std::string text);

  std::string tenant_;
  std::string base_url_;
  std::set<std::string> wanted_;
  std::shared_ptr<const criteria> types_;
  std::deque<question> queue_;
  std::optional<question> open_;
  bool planned_ = false;
  bool over_ = false;
  std::uint32_t requests_ = 0;
  std::uint32_t repeats_ = 0;
  std::optional<std::set<std::string>> catalogue_;
  std::map<std::int64_t, std::string>
      custom_types_; ///< and lists, by the number that fields point at them by
  std::vector<custom_field> custom_fields_;
  bool has_custom_fields_ = false;
  std::map<std::string, table_facts> tables_;
  std::set<std::string> imported_;
  std::vector<std::string> remarks_;
  std::vector<std::string> not_tried_;
  std::vector<std::string> unknown_;
};

} // namespace tidemark
