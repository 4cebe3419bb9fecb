#include "samples.hpp"
#include "tools/tidemark/to_json.hpp"

#include <doctest/doctest.h>

using namespace tidemark;
using namespace tidemark::cli;

// The whole object, member by member in its order: programs rely on it.
TEST_CASE("a status has a fixed form") {
  auto status = sample_import();
  status.types.erase(status.types.begin() + 1, status.types.begin() + 3);
  status.types[1].taken_from = "acme.01jzzzzzzz0000000000000009";
  CHECK(to_json(status).dump(1) == R"({
 "id": "acme.01jzzzzzzz0000000000000000",
 "tenant": "acme",
 "record_type": "invoice",
 "mode": "full",
 "since": null,
 "reconcile": false,
 "verify": false,
 "deep": 0,
 "system": "chunked",
 "state": "running",
 "progress": 0.25,
 "eta": {
  "earliest": "2026-03-01T12:03:10.000Z",
  "latest": "2026-03-01T12:03:50.000Z"
 },
 "batches": {
  "planned": 26,
  "completed": 14,
  "failed": 0,
  "cancelled": 0,
  "running": 4,
  "pending": 8
 },
 "records": {
  "planned": 24505,
  "stored": 13005,
  "rejected": 2,
  "unchanged": 0,
  "deleted": 0,
  "held": 0,
  "estimated": true
 },
 "pick_ups": {
  "picked_up": 20,
  "completed": 14,
  "failed_attempts": 1,
  "split": 0,
  "released": 1,
  "interrupted": 0,
  "refusals": 3
 },
 "waves": [
  {
   "index": 0,
   "record_types": [
    {
     "name": "currency",
     "state": "completed",
     "progress": 1.0,
     "batches": {
      "planned": 1,
      "completed": 1,
      "failed": 0,
      "cancelled": 0,
      "running": 0,
      "pending": 0
     },
     "records": {
      "planned": 5,
      "stored": 5,
      "rejected": 0,
      "unchanged": 0,
      "deleted": 0,
      "held": 0,
      "estimated": false
     },
     "started_at": "2026-03-01T12:00:01.000Z",
     "finished_at": "2026-03-01T12:00:03.000Z",
     "error": null,
     "changed_since": null,
     "verified": null
    }
   ]
  },
  {
   "index": 2,
   "record_types": [
    {
     "name": "invoice",
     "state": "waiting",
     "progress": 0.0,
     "batches": {
      "planned": 0,
      "completed": 0,
      "failed": 0,
      "cancelled": 0,
      "running": 0,
      "pending": 0
     },
     "records": {
      "planned": 0,
      "stored": 0,
      "rejected": 0,
      "unchanged": 0,
      "deleted": 0,
      "held": 0,
      "estimated": false
     },
     "taken_from": "acme.01jzzzzzzz0000000000000009",
     "started_at": null,
     "finished_at": null,
     "error": null,
     "changed_since": null,
     "verified": null
    }
   ]
  }
 ],
 "notes": [
  {
   "record_type": "customer",
   "code": "column_dropped",
   "subject": "custentity_old",
   "text": "column custentity_old is unknown here",
   "at": "2026-03-01T12:00:01.500Z"
  }
 ],
 "requested_by": "anna@local",
 "requested_at": "2026-03-01T11:59:59.500Z",
 "started_at": "2026-03-01T12:00:00.000Z",
 "finished_at": null,
 "error": null,
 "paused_by": null
})");
}

TEST_CASE("what is not known yet is null") {
  import_status status;
  auto object = to_json(status);
  for (auto* name : {"eta", "requested_at", "started_at", "finished_at", "error"})
    CHECK(object[name].is_null());
  CHECK(object["waves"].is_array());
  CHECK(object["notes"].is_array());
}

TEST_CASE("an event names its kind and what changed") {
  import_event event;
  event.epoch = 7;
  event.sequence = 12;
  event.at = noon;
  event.kind = "batch_failed";
  event.batch = 3'000'001;
  event.import = sample_import();
  event.import.types = {event.import.types[1]};
  auto object = to_json(event);
  CHECK(object.begin().key() == "event");
  CHECK(object["event"] == "batch_failed");
  CHECK(object["id"] == sample_id);
  CHECK(object["batch"] == 3'000'001);
  CHECK(object["record_type"]["name"] == "customer");
  CHECK(object["record_type"]["wave"] == 1);
  CHECK(object["note"]["code"] == "column_dropped");
  CHECK(object["epoch"] == 7);
  CHECK(object["sequence"] == 12);
}

TEST_CASE("an event of the import itself leaves out its types") {
  import_event event;
  event.kind = "import_state";
  event.import = sample_import();
  event.import.notes.clear();
  auto object = to_json(event);
  CHECK_FALSE(object.contains("record_type"));
  CHECK_FALSE(object.contains("note"));
  CHECK_FALSE(object.contains("batch"));
}

TEST_CASE("an object is one line of UTF-8 whatever the text holds") {
  import_status status;
  status.error = "bad \xff byte\nand a line end";
  auto text = json_line(to_json(status));
  CHECK(text.find('\n') == text.size() - 1);
  CHECK(text.find("bad \xef\xbf\xbd byte\\nand") != std::string::npos);
}

TEST_CASE("what is JSON is no text in JSON") {
  flag_record flag;
  flag.has_tenant_ids = true;
  flag.tenant_ids = "[4515181, \"acme\"]";
  flag.created_at = "2026-03-01 12:00:00";
  flag.updated_at = "yesterday";
  auto object = to_json(flag);
  CHECK(object["tenant_ids"] == json::array({4515181, "acme"}));
  CHECK(object["created_at"] == "2026-03-01T12:00:00.000Z");
  CHECK(object["updated_at"] == "yesterday"); // whatever somebody has written
  flag.tenant_ids = "[451";
  CHECK(to_json(flag)["tenant_ids"] == "[451");

  auto raw = [](const std::string& text) {
    kept_record record;
    record.record.raw = text;
    return to_json(record)["raw"];
  };
  CHECK(raw(R"({"id": "7", "links": []})") == json{{"id", "7"}, {"links", json::array()}});
  CHECK(raw("\"word 7\"") == "word 7");
  // Neither a part of a record nor a number that would be another afterwards.
  for (auto* text : {R"({"id": "7", "na)", R"({"rate": 1.10})"}) CHECK(raw(text) == text);
  CHECK(raw("").is_null());
}

TEST_CASE("a plan is grouped by wave") {
  plan_report plan{"acme",
                   "invoice",
                   {{"currency", 0, 5, 1, 2, false, ""}, {"customer", 1, 20'500, 21, 3, true, "x"}},
                   20'505,
                   22,
                   28,
                   import_mode::full,
                   "chunked"};
  CHECK(
      to_json(plan).dump()
      == R"({"tenant":"acme","record_type":"invoice","mode":"full","system":"chunked","records":20505,"batches":22,"expected_requests":28,)"
         R"("waves":[{"index":0,"record_types":[{"name":"currency","records":5,"estimated":false,"batches":1,)"
         R"("plan_requests":2,"changed_since":null,"remark":null,"error":null}]},{"index":1,"record_types":[{"name":"customer","records":20500,)"
         R"("estimated":true,"batches":21,"plan_requests":3,"changed_since":null,"remark":null,"error":"x"}]}]})");
}

TEST_CASE("a node's status has its pools") {
  node_status node;
  node.name = "node-1";
  node.pools = {sample_pool()};
  auto object = to_json(node);
  CHECK(object["pools"][0]["account"] == "1111111");
  CHECK(object["pools"][0]["outage_reason"].is_null());
  CHECK(object["pools"][0]["limit_source"] == "governance");
  CHECK(object["pools"][0]["utilization"]["1m"] == 0.985);
  CHECK(object["pools"][0]["waiting_by_import"][0].dump() == R"({"import":"acme.1","waiting":2})");
  CHECK(object["pools"][0]["logins"][0].dump() == R"({"tenant":"acme","state":"proven"})");
  CHECK(object["pools"][0]["connection_reuse"] == 0.996);
  CHECK(object["suspended"].empty());
  CHECK(object["tenants"].is_array());
  CHECK(object["started_at"].is_null());
}

TEST_CASE("a tenant tells its state and why it is suspended") {
  CHECK(
      to_json(tenant_info{"acme", "1111111", "active", "", 0, 2}).dump()
      == R"({"id":"acme","account":"1111111","state":"active","reason":null,"since":null,"imports_running":2,"comparing":null})");
}

TEST_CASE("a record type tells what it depends on") {
  record_type_info info{"invoice", "transaction",       "type = 'CustInvc'", "id",
                        "",        "lastmodifieddate",  "type invoice",      42,
                        2,         {"customer", "item"}};
  CHECK(
      to_json(info).dump()
      == R"({"name":"invoice","wave":2,"group":false,"table":"transaction","filter":"type = 'CustInvc'","key":"id",)"
         R"("set_of":null,"change_column":"lastmodifieddate","deleted_as":"type invoice","fields":42,"depends_on":["customer","item"]})");
}
