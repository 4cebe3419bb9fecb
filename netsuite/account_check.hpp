/// Whether a tenant can work with its account: which questions tell, and what the answers mean. A pure core.
#pragma once

#include <algorithm>
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
#include "netsuite/log_way.hpp"
#include "netsuite/projection.hpp"

namespace tidemark {

/// What a check knows before it asks anything.
struct check_facts {
  std::string tenant;
  std::string account;
  std::string base_url;
  std::string accept_language; ///< that is asked for; empty: none
  std::uint32_t concurrency_limit = 0;
  bool concurrency_auto = false;    ///< the limit is the account's to tell
  std::optional<bool> is_suspended; ///< nothing: not known, since the ledger cannot be read
  std::string suspended_because;
  std::string unavailable = {}; ///< why the account is not asked at present; empty: it is
  unix_ms now = 0;              ///< when it begins, by this machine's clock
};

/// Login and clock first, then what concerns the whole account, then one record of each type with all of its
/// columns, first one type of each table. A column that the account lacks is left out, and the type asked
/// once more as long as questions are left. One refused login ends it; but the first answer of all may tell
/// that this machine's clock is off, and the request is signed once more then.
class account_check {
public:
  static constexpr const char* actor_name = "account_check";

  account_check(check_facts facts, std::shared_ptr<const criteria> types);

  /// What to ask now; nothing: the check is over.
  std::optional<http_request> next();

  /// The request asks how the account is at all: it may go out while that is in doubt.
  bool is_probe() const noexcept;

  /// The answer to the question that is open, a good one or `what` failed. `now`: this machine's time.
  void answered(const http_response& response, const failure& what, unix_ms now);

  /// The open question was refused or came to nothing, and is to be asked again. False: not again. `now`:
  /// this machine's time.
  bool again(const http_response& response, const failure& what, unix_ms now) noexcept;

  /// So many requests were sent for the question that is open.
  void sent(std::uint32_t requests) noexcept;

  /// Time is up: nothing more is asked.
  void give_up(const std::string& why);

  account_report report() const;

private:
  enum class topic : std::uint8_t { server_time, clock, limits, deletions, catalogue, records };

  struct question {
    topic about;
    std::string record_type = {};
  };

  struct seen_type {
    column_ways ways;    ///< what is left out is missing
    std::string refused; ///< what the account said to its last question, if it named nothing
    bool readable = false;
    bool empty = false;

    bool left_something_out() const noexcept {
      return std::ranges::any_of(ways, [](auto& x) { return x.second == column_way::left_out; });
    }
  };

  bool is_login_refused(const http_response& response, const failure& what) const noexcept;
  bool may_be_the_clock(const http_response& response, unix_ms now) const noexcept;
  http_request request_for(const question& what) const;
  void take(const question& what, const http_response& response, const failure& trouble, unix_ms now);
  void login_refused(const http_response& response, const failure& what, unix_ms now);
  void no_way_in(const failure& what);
  void server_time(const http_response& response, const failure& what, unix_ms now);
  void zone(const http_response& response, const failure& what);
  void limits(const http_response& response, const failure& what);
  void deletions(const failure& what);
  void log_not_read(const failure& what);
  void catalogue(const failure& what);
  bool is_told(const question& what) const;
  void records(const std::string& record_type, const http_response& response, const failure& what);
  void add(std::string about, standing how, std::string text, std::string remedy = {},
           std::string record_type = {});
  void conclude(account_report& into) const;
  void tell_missing_columns(account_report& into) const;
  void tell_refused(account_report& into) const;
  static bool ask_for_times_otherwise(const record_type& type, column_ways& ways);
  void tell_features(account_report& into) const;

  check_facts facts_;
  std::shared_ptr<const criteria> types_;
  std::deque<question> queue_;
  std::optional<question> open_;
  std::vector<account_finding> findings_;
  log_ways log_{log_way{}, false};
  std::map<std::string, seen_type> seen_;
  std::set<std::string> tables_off_;
  std::set<std::string> tables_on_;
  std::set<std::string> unfinished_; ///< asked, but not for what is left of their columns
  std::uint32_t requests_ = 0;
  std::uint32_t repeats_ = 0; ///< of the open question
  bool signed_again_ = false; ///< after a refusal that told this machine's clock to be off
  bool let_in_ = false;       ///< an answer came that can only come after the login
  bool over_ = false;
};

} // namespace tidemark
