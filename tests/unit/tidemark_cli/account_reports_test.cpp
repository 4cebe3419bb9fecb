#include "tools/tidemark/reports.hpp"
#include "tools/tidemark/to_json.hpp"

#include <doctest/doctest.h>
namespace account_reports_test {

using namespace tidemark;
using namespace tidemark::cli;

std::string text_of(const std::vector<line>& lines) {
  std::string text;
  for (auto& each : lines) text += paint(each, false) + "\n";
  return text;
}

account_report sample() {
  account_report found;
  found.tenant = "acme";
  found.account = "1234567_SB1";
  found.requests = 27;
  found.findings = {
      {"credentials", {}, standing::well, "NetSuite takes the login", {}},
      {"records", "term", standing::amiss, "Record 'term' was not found", "give the role a permission"}};
  found.not_asked = {"vendor"};
  return found;
}

TEST_CASE("a check is told by findings, each with its remedy, and what was not asked") {
  auto text = text_of(report(sample(), 80));
  CHECK(text.find("credentials  NetSuite takes the login") != std::string::npos);
  CHECK(text.find("term         Record 'term' was not found") != std::string::npos);
  CHECK(text.find("> give the role a permission") != std::string::npos);
  CHECK(text.find("not asked    vendor") != std::string::npos);
  CHECK(text.find("1 amiss") != std::string::npos);
}

// Programs rely on the whole form.
TEST_CASE("a check has a fixed form as JSON") {
  CHECK(
      to_json(sample()).dump()
      == R"({"tenant":"acme","account":"1234567_SB1","well":false,"findings":[)"
         R"({"about":"credentials","record_type":null,"state":"well","text":"NetSuite takes the login","remedy":null},)"
         R"({"about":"records","record_type":"term","state":"amiss","text":"Record 'term' was not found","remedy":"give the role a permission"}],)"
         R"("not_asked":["vendor"],"requests":27})");
}

TEST_CASE("a discovery is told by what was gained, lost and changed, and has its overlay as JSON") {
  discovery found;
  found.tenant = "acme";
  found.requests = 3;
  CHECK(text_of(report(found)) == "nothing differs\n");
  found.not_tried = {"customer could not be asked"};
  CHECK(text_of(report(found)) == "nothing differs in what could be asked\ncustomer could not be asked\n");
  found.not_tried.clear();
  found.overlay = R"({"version": 1, "record_types": []})";
  found.gained = {{"customer", "custentity_x", "reference to employee"},
                  {"customrecord_y", {}, "a custom record"}};
  found.lost = {{"customer", "custentity_z", "queries do not know it any more"}};
  found.remarks = {"the metadata catalogue cannot be read"};
  auto text = text_of(report(found, 80));
  CHECK(text.find("customer.custentity_x  reference to employee") != std::string::npos);
  CHECK(text.find("the metadata catalogue cannot be read") != std::string::npos);
  CHECK(
      to_json(found).dump()
      == R"({"tenant":"acme","gained":[{"record_type":"customer","field":"custentity_x","text":"reference to employee"},)"
         R"({"record_type":"customrecord_y","field":null,"text":"a custom record"}],)"
         R"("lost":[{"record_type":"customer","field":"custentity_z","text":"queries do not know it any more"}],)"
         R"("changed":[],"not_tried":[],"remarks":["the metadata catalogue cannot be read"],"requests":3,)"
         R"("overlay":{"version":1,"record_types":[]}})");
}

} // namespace account_reports_test
