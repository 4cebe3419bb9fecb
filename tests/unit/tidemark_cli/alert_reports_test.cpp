#include "client_fixture.hpp"
#include "fake_node.hpp"
#include "samples.hpp"
#include "tools/tidemark/reports.hpp"
#include "tools/tidemark/to_json.hpp"

#include <doctest/doctest.h>
namespace alert_reports_test {

using namespace tidemark;
using namespace tidemark::cli;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

alert disk_alert() {
  alert x;
  x.id = "disk";
  x.level = alert_level::error;
  x.about.name = "/srv/data";
  x.since = noon;
  x.value = 12.5;
  x.threshold = 1024;
  x.unit = "MB";
  x.text = "12 MB are left on the disk of /srv/data";
  x.remedy = "free space";
  return x;
}

error_report some_errors() {
  error_report report{"acme", {}, {{"customer", "server", "UNEXPECTED_ERROR", 1234, noon}}, {}, {}};
  report.last.push_back({noon, "acme", sample_id, "customer", 7, "server", "UNEXPECTED_ERROR",
                         "NetSuite failed on its side", "op-1"});
  return report;
}

TEST_CASE("an alert is shown with what it is about, since when, and what to do") {
  auto text = joined(report(alert_list{{disk_alert()}, {}}, noon + 61'000));
  CHECK(contains(text, "error disk, /srv/data, for 1 min 01 s\n"));
  CHECK(contains(text, "  12 MB are left on the disk of /srv/data\n"));
  CHECK(contains(text, "  free space\n"));
}

TEST_CASE("without alerts there is a line that says so") {
  CHECK(joined(report(alert_list{}, noon)) == "no alerts are up\n");
}

TEST_CASE("cleared alerts are shown with how long they were up") {
  auto x = disk_alert();
  x.cleared_at = noon + 125'000;
  auto text = joined(report(alert_list{{}, {x}}, noon + 200'000));
  CHECK(contains(text, "no alerts are up\n"));
  CHECK(contains(text, "2 min 05 s"));
}

TEST_CASE("an alert fits a narrow terminal, its text whole") {
  for (auto& line : texts(report(alert_list{{disk_alert()}, {}}, noon, 24))) CHECK(line.size() <= 24);
  CHECK(contains(joined(report(alert_list{{disk_alert()}, {}}, noon, 24)), "/srv/data\n"));
}

TEST_CASE("errors are shown as counts and as the last ones") {
  auto text = joined(report(some_errors()));
  CHECK(contains(text, "1,234  customer"));
  CHECK(contains(text, sample_id));
  CHECK(contains(text, "NetSuite failed on its side"));
  CHECK(contains(text, "op-1"));
}

TEST_CASE("no errors, and errors from memory, are said in words") {
  CHECK(joined(report(error_report{"acme", {}, {}, {}, {}})) == "no errors of tenant acme\n");
  CHECK(joined(report(error_report{"acme", "acme.1", {}, {}, {}})) == "no errors of import acme.1\n");
  auto errors = some_errors();
  errors.remark = "the database does not answer";
  CHECK(joined(report(errors)).starts_with("the database does not answer\n"));
}

TEST_CASE("alerts and errors as JSON have every member") {
  auto object = to_json(alert_list{{disk_alert()}, {}})["up"][0];
  CHECK(object["id"] == "disk");
  CHECK(object["level"] == "error");
  CHECK(object["tenant"].is_null());
  CHECK(object["subject"] == "/srv/data");
  CHECK(object["since"] == "2026-03-01T12:00:00.000Z");
  CHECK(object["cleared_at"].is_null());
  CHECK(object["value"] == 12.5);
  CHECK(object["threshold"] == 1024);
  auto errors = to_json(some_errors());
  CHECK(errors["counts"][0]["count"] == 1234);
  CHECK(errors["last"][0]["import"] == sample_id);
  CHECK(errors["last"][0]["operation_id"] == "op-1");
  CHECK(errors["remark"].is_null());
}

TEST_CASE("an event of an alert is an object with the alert") {
  import_event event;
  event.kind = "alert_raised";
  event.at = noon;
  event.alerts = {disk_alert()};
  auto object = to_json(event);
  CHECK(object["event"] == "alert_raised");
  CHECK(object["alert"]["id"] == "disk");
}

TEST_CASE("the node's status has a line for each alert") {
  node_status node;
  node.name = "n";
  node.alerts = {disk_alert(), disk_alert()};
  auto text = joined(report(node, noon));
  CHECK(contains(text, "2 alerts"));
  CHECK(contains(text, "disk: 12 MB are left on the disk of /srv/data\n"));
  CHECK(to_json(node)["alerts"].size() == 2);
}

TEST_CASE("errors and alerts are told as the node answers them") {
  node_script script;
  script.on<query_errors>() = [](const query_errors& x) {
    auto errors = some_errors();
    errors.import_id = x.import_id;
    return errors;
  };
  script.on<query_alerts>() = [](const query_alerts&) { return alert_list{{disk_alert()}, {}}; };
  fake_node node{std::move(script)};
  auto errors = test_client{}.run(node.path(), {"errors", "acme", "--import", "acme.1", "--json"});
  CHECK(errors.code == exit_code::done);
  CHECK(nlohmann::json::parse(errors.out)["import"] == "acme.1");
  CHECK(contains(test_client{}.run(node.path(), {"alerts"}).out, "error disk"));
}

} // namespace alert_reports_test
