#include "tools/tidemark/ask.hpp"
#include "tools/tidemark/commands.hpp"

namespace tidemark::cli {

namespace {

exit_code check(const check_tenant& what, const surroundings& with) {
  auto found = with.link.ask(what, {}, with.tells_of_waiting(what.tenant));
  auto code = tell(with.to, found);
  if (!found) return code;
  for (auto& x : found->findings)
    if (x.how == standing::amiss) return exit_code::completed_with_errors;
  return code;
}

} // namespace

void add_tenant_commands(grammar& to) {
  to.begin_group("tenants");
  ask<list_tenants>(to, "tenants", "the tenants, and which of them are suspended");
  to.add<check_tenant>("tenant check", "whether a tenant can work with its account, and what is in the way",
                       check)
      .about("Asks the account at most 60 small questions, also for a suspended tenant: login, clock, zone, "
             "language, limits, and one record of each type. A login that is refused ends it. Ends with 3 if "
             "something is amiss.")
      .tenant(&check_tenant::tenant);
  ask<suspend_tenant>(to, "tenant suspend", "send nothing more to NetSuite for a tenant")
      .about("Its imports are paused and no new one starts, also over restarts, until \"tenant resume\".")
      .tenant(&suspend_tenant::tenant);
  ask<resume_tenant>(to, "tenant resume", "end a suspension, whatever began it")
      .about("If NetSuite refused the credentials, correct them first: they are tried once more. The imports "
             "that "
             "the suspension paused go on.")
      .tenant(&resume_tenant::tenant);
  ask<tune_concurrency>(to, "concurrency", "the slots of a tenant's account: limit, use, who waits")
      .tenant(&tune_concurrency::tenant)
      .flag("--reset", &tune_concurrency::reset,
            "first forget what was learnt about the limit, a limit set by --limit, and stale leases")
      .option("--limit", "N", &tune_concurrency::limit,
              "first set the account's limit, until the next start or --reset", 1U, 1000U);
}

} // namespace tidemark::cli
