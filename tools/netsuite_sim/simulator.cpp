#include "tools/netsuite_sim/simulator.hpp"

#include "tools/netsuite_sim/catalogue.hpp"
#include "tools/netsuite_sim/gzip.hpp"
#include "tools/netsuite_sim/sql_tokens.hpp"

#include <fmt/format.h>

namespace tidemark::netsuite_sim {

namespace {

constexpr std::string_view service = "/services/rest/";
constexpr std::string_view token_path = "/services/rest/auth/oauth2/v1/token";
constexpr std::string_view collection =
    "application/vnd.oracle.resource+json; type=collection; charset=UTF-8";
constexpr std::string_view error_type = "application/vnd.oracle.resource+json; type=error; charset=UTF-8";
constexpr std::string_view catalogue_path = "record/v1/metadata-catalog";
constexpr std::size_t smallest_compressed = 512;

std::chrono::microseconds ms(double value) {
  return std::chrono::microseconds(static_cast<std::int64_t>(value * 1000));
}

std::shared_ptr<const std::string> share(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

/// "1234567_SB1" as it stands in host names.
std::string account_host(std::string account) {
  for (auto& c : account) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return fmt::format("https://{}.suitetalk.api.netsuite.com", account);
}

} // namespace

simulator::simulator(simulator_options options, surroundings outside)
    : options_(std::move(options)),
      outside_(std::move(outside)),
      knobs_(options_.settings),
      world_(options_of(knobs_)),
      suiteql_(world_, knobs_, [this] { return server_ms() / 1000; }),
      faults_(mix(options_.seed, 1)),
      dice_(mix(options_.seed, 2)),
      oauth2_(mix(options_.seed, 3)) {
  faults_.rearm(knobs_.fault_first_requests);
  if (knobs_.maintenance_ms > 0) maintenance_until_ms_ = steady() + knobs_.maintenance_ms;
}

world_options simulator::options_of(const knobs& k) const {
  return {options_.seed,
          options_.scale,
          options_.records,
          k.id_gaps,
          k.negative_ids,
          k.dangling_references,
          k.self_reference_cycles,
          k.odd_decimals,
          k.lines_per_transaction,
          {k.columns_as_text.begin(), k.columns_as_text.end()},
          k.columns_as_text_percent,
          {k.columns_null.begin(), k.columns_null.end()},
          k.columns_null_percent,
          k.visible_percent,
          k.visible_table,
          k.deleted_type_ids,
          k.deleted_type};
}

http_reply simulator::handle(const http_request& request) {
  auto target = parse_target(request.target);
  if (target.path.starts_with("/admin/")) return administer(request);
  auto base = knobs_.public_url.empty() ? "http://" + request.header("host") : knobs_.public_url;
  auto v = std::make_shared<visit>(visit{stats_.arrived(), now(), std::move(target), std::move(base)});
  return serve(request, v);
}

http_reply simulator::serve(const http_request& request, const visit_ptr& v) {
  if (!v->target.path.starts_with(service)) {
    refuse(*v, not_found(fmt::format("The path '{}' does not exist.", v->target.path)));
    return reply_now(v);
  }
  if (knobs_.maintenance || steady() < maintenance_until_ms_) {
    refuse(*v, maintenance());
    return reply_now(v);
  }
  if (request.method == "OPTIONS") {
    v->status = 204;
    return reply_now(v);
  }
  auto is_token = v->target.path == token_path;
  if (!is_token && !authenticate(request, v)) return reply_now(v);
  if (v->target.path.ends_with("/suiteql")) {
    // The table is wanted for refusals and faults too, and the body holds little besides the query.
    if (auto body = parse_suiteql_body(request.body)) v->table = suiteql::first_table(body->query);
  }
  if ((!is_token || knobs_.count_token_requests) && !enter(v)) return reply_now(v);
  return dispatch(request, v, faults_.next(knobs_, v->table));
}

bool simulator::authenticate(const http_request& request, const visit_ptr& v) {
  if (knobs_.auth == "none") return true;
  const auto& authorization = request.header("authorization");
  if (authorization.starts_with("Bearer ")) {
    if (knobs_.auth != "tba" && oauth2_.is_valid(std::string_view(authorization).substr(7), steady()))
      return true;
    v->headers.emplace_back(
        "WWW-Authenticate",
        fmt::format(
            "Bearer realm=\"{}\", error=\"invalid_token\", error_description=\"Invalid login attempt.\"",
            knobs_.account));
  } else if (knobs_.auth != "oauth2") {
    tba_request signed_request{request.method,
                               {v->base_url + v->target.path, account_host(knobs_.account) + v->target.path},
                               v->target.parameters,
                               authorization};
    auto reason = tba_.verify(signed_request, knobs_, server_ms() / 1000, steady());
    if (reason.empty()) return true;
    // For the tests' eyes only: the service keeps the reason in its Login Audit Trail.
    v->headers.emplace_back("X-Sim-Login-Audit", reason);
  }
  stats_.authentication_failed();
  refuse(*v, invalid_login());
  return false;
}

bool simulator::enter(const visit_ptr& v) {
  if (gate_.enter(knobs_, steady(), dice_.chance())) {
    v->has_slot = true;
    v->is_query = !v->table.empty();
    stats_.slots_changed(gate_.in_flight(), v->began);
    if (v->is_query) stats_.query_began(v->table, v->began);
    return true;
  }
  auto as_401 = dice_.chance() * 100 < knobs_.refusal_as_401_percent;
  stats_.refused(as_401);
  refuse(*v, as_401 ? invalid_login() : concurrency_limit_exceeded());
  if (knobs_.retry_after_s >= 0 && !as_401)
    v->headers.emplace_back("Retry-After", std::to_string(knobs_.retry_after_s));
  return false;
}

void simulator::refuse(visit& v, const error_reply& why) {
  v.status = why.status;
  v.content_type = error_type;
  v.body = share(knobs_.refusal_encoding == "empty_gzip" ? std::string{} : why.body);
  if (knobs_.refusal_encoding != "none") v.headers.emplace_back("Content-Encoding", "gzip");
}

void simulator::put_json(visit& v, int status, std::string body) {
  v.status = status;
  v.content_type = "application/json";
  v.body = share(std::move(body));
}

void simulator::route(const http_request& request, visit& v) {
  const auto path = std::string_view(v.target.path).substr(service.size());
  if (speaks_wrong_language(request)) return refuse(v, invalid_language(knobs_.language));
  if (path == "query/v1/suiteql")
    return request.method == "POST" ? answer_query(request, v) : refuse(v, method_not_allowed());
  if (path == "auth/oauth2/v1/token")
    return request.method == "POST" ? answer_token(request, v) : refuse(v, method_not_allowed());
  if (path == "system/v1/serverTime" && knobs_.server_time != "works") return refuse_server_time(v);
  if (path == "system/v1/serverTime") {
    auto milliseconds = server_ms();
    std::string time;
    append_iso_utc(time, milliseconds / 1000);
    time.insert(time.size() - 1, fmt::format(".{:03}", milliseconds % 1000));
    return put_json(v, 200, fmt::format(R"({{"serverTime":"{}"}})", time));
  }
  if (path.starts_with(catalogue_path)) return answer_catalogue(v, path.substr(catalogue_path.size()));
  if (path == "system/v1/governanceLimits") return answer_governance(v);
  refuse(v, not_found(fmt::format("Record type '{}' does not exist.", path)));
}

bool simulator::speaks_wrong_language(const http_request& request) const {
  if (knobs_.language.empty()) return false;
  auto asked = request.header("accept-language");
  return asked.empty() ? knobs_.language_needed : asked != knobs_.language;
}

void simulator::refuse_server_time(visit& v) {
  if (knobs_.server_time == "not_found") return refuse(v, not_found("Record does not exist."));
  if (knobs_.server_time == "bad_request")
    return refuse(v, invalid_content("The request could not be understood."));
  if (knobs_.server_time == "error") return refuse(v, unexpected_error(dice_.roll()));
  v.headers.emplace_back("Location", "https://system.netsuite.example/");
  refuse(v, {302, ""});
}

void simulator::answer_query(const http_request& request, visit& v) {
  if (knobs_.require_prefer && request.header("prefer").find("transient") == std::string::npos)
    return refuse(
        v, invalid_header(
               "Prefer",
               "The required request header 'Prefer' is missing. Provide it with the value 'transient'."));
  auto query = parse_suiteql_body(request.body);
  if (!query) return refuse(v, query.error());
  query->limit = v.target.find("limit");
  query->offset = v.target.find("offset");
  query->base_url = v.base_url;
  auto answer = suiteql_.answer(*query);
  if (!answer) return refuse(v, answer.error());
  const auto& page = *answer;
  v.content_type = collection;
  v.rows = page->rows;
  v.numbered = page->numbered;
  v.body = {page, &page->body};
  auto compresses = knobs_.gzip && page->body.size() >= smallest_compressed
                    && request.header("accept-encoding").find("gzip") != std::string::npos;
  if (!compresses) return;
  if (!page->gzip) page->gzip = share(compress(page->body, static_cast<int>(knobs_.gzip_level)));
  v.body = page->gzip;
  v.headers.emplace_back("Content-Encoding", "gzip");
}

void simulator::answer_governance(visit& v) {
  if (knobs_.governance == "forbidden") return refuse(v, insufficient_permission());
  nlohmann::ordered_json body{
      {"accountConcurrencyLimit", knobs_.concurrency_limit},
      {"accountUnallocatedConcurrencyLimit", knobs_.concurrency_limit - knobs_.integration_limit}};
  auto is_specific = knobs_.governance == "integration" && knobs_.integration_limit > 0;
  if (is_specific) body["integrationConcurrencyLimit"] = knobs_.integration_limit;
  body["integrationLimitType"] = is_specific ? "integrationSpecific" : "accountLimit";
  put_json(v, 200, body.dump());
}

/// `name` follows the catalogue's path: "", or "/customer".
void simulator::answer_catalogue(visit& v, std::string_view name) {
  if (knobs_.catalogue == "forbidden") return refuse(v, insufficient_permission());
  if (knobs_.catalogue == "not_found") return refuse(v, not_found("Record does not exist."));
  if (knobs_.catalogue == "error") return refuse(v, unexpected_error(dice_.roll()));
  schema shown{world_, knobs_};
  if (name.empty() || name == "/") return put_json(v, 200, catalogue_list(shown, v.base_url));
  auto wanted = to_lower(name.substr(1));
  auto found = catalogue_schema(shown, wanted, knobs_.catalogue_targets);
  if (!found) return refuse(v, not_found(fmt::format("Record type '{}' does not exist.", wanted)));
  put_json(v, 200, *found);
  v.content_type = "application/schema+json";
}

void simulator::answer_token(const http_request& request, visit& v) {
  std::vector<std::string> audiences{v.base_url + std::string(token_path),
                                     account_host(knobs_.account) + std::string(token_path)};
  auto granted =
      oauth2_.grant(parse_parameters(request.body, true), audiences, knobs_, server_ms() / 1000, steady());
  if (granted.status == 401) {
    stats_.authentication_failed();
    v.headers.emplace_back("WWW-Authenticate", fmt::format("Basic realm=\"{}\"", knobs_.account));
  }
  put_json(v, granted.status, granted.body);
}

http_reply simulator::dispatch(const http_request& request, const visit_ptr& v, mishap what) {
  auto fails = what == mishap::status_500 || what == mishap::status_502 || what == mishap::status_503
               || what == mishap::answer;
  if (fails) {
    auto is_json = true;
    refuse(*v, faults_.body_for(what, knobs_, v->table, is_json));
    if (!is_json) v->content_type = "text/html";
  } else {
    route(request, *v);
  }
  auto reply = reply_now(v);
  reply.delay = time_taken(*v);
  if (dice_.chance() < knobs_.trickle_probability) reply.bytes_per_second = knobs_.trickle_bytes_per_s;
  auto end = [&](http_reply::ending ending, std::string_view word) {
    reply.end = ending;
    reply.before_end = [this, v, word] {
      release(*v);
      finish(*v, word);
    };
  };
  if (what == mishap::reset) end(http_reply::ending::reset, "reset");
  if (what == mishap::truncate) end(http_reply::ending::truncated, "truncated");
  if (what == mishap::hang) end(http_reply::ending::never, "hung");
  return reply;
}

std::chrono::microseconds simulator::time_taken(const visit& v) {
  auto result = ms(static_cast<double>(knobs_.latency_ms)
                   + dice_.chance() * static_cast<double>(knobs_.latency_jitter_ms))
                + ms(static_cast<double>(v.rows) * knobs_.latency_per_row_us / 1000);
  if (dice_.chance() < knobs_.slow_first_byte_probability)
    result += ms(static_cast<double>(knobs_.slow_first_byte_ms));
  return result;
}

http_reply simulator::reply_now(const visit_ptr& v) {
  http_reply reply;
  reply.status = v->status;
  reply.body = v->body;
  v->bytes = v->body ? v->body->size() : 0;
  reply.headers = std::move(v->headers);
  if (v->body) reply.headers.emplace_back("Content-Type", v->content_type);
  if (knobs_.date_told) {
    auto skew = answered_++ == 0 ? knobs_.first_date_skew_s : 0;
    reply.headers.emplace_back("Date", http_date(server_ms() / 1000 + skew));
  }
  reply.headers.emplace_back("X-N-OperationId",
                             fmt::format("{:016x}-{:08x}", mix(options_.seed, v->number), v->number));
  reply.headers.emplace_back("Vary", "User-Agent");
  reply.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
  reply.before_end = [this, v] {
    release(*v);
    finish(*v, "done");
  };
  reply.abandoned = [this, v] {
    finish(*v, "aborted");
    if (!v->has_slot) return;
    if (knobs_.abort_linger_ms > 0)
      outside_.after(std::chrono::milliseconds(knobs_.abort_linger_ms), [this, v] { release(*v); });
    else
      release(*v);
  };
  return reply;
}

void simulator::release(visit& v) {
  if (!std::exchange(v.has_slot, false)) return;
  auto at = now();
  gate_.leave();
  stats_.slots_changed(gate_.in_flight(), at);
  if (v.is_query) stats_.query_ended(v.table, v.rows, v.numbered, at.steady_ms - v.began.steady_ms, at);
}

void simulator::finish(visit& v, std::string_view ending) {
  stats_.finished({v.number, v.began.wall_ms, v.table, v.target.path, v.status, v.rows,
                   outside_.steady_ms() - v.began.steady_ms, std::string(ending)},
                  v.bytes);
}

} // namespace tidemark::netsuite_sim
