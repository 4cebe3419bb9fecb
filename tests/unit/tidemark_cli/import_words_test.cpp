#include "client_fixture.hpp"
#include "fake_node.hpp"
#include "samples.hpp"

#include "tools/tidemark/import_words.hpp"
#include "tools/tidemark/interpreter.hpp"

#include <doctest/doctest.h>
namespace import_words_test {

using namespace tidemark;
using namespace tidemark::cli;

const std::string first = "acme.01jzzzzzzz0000000000000abc";
const std::string second = "acme.01jzzzzzzz0000000000000xyz";
const std::string third = "globex.01k00000000000000000000xyz";

using ids = std::vector<std::string>;
const ids all{third, second, first};

TEST_CASE("an id is meant by its beginning, with or without its tenant, or by its end") {
  CHECK(ids_like(first, all) == ids{first});
  CHECK(ids_like("abc", all) == ids{first});
  CHECK(ids_like("xyz", all) == ids{third, second});
  CHECK(ids_like("01k", all) == ids{third});
  CHECK(ids_like("globex", all) == ids{third});
  CHECK(ids_like("frob", all).empty());
}

import_status import_of(const std::string& id) {
  auto status = sample_import();
  status.id = id;
  return status;
}

/// What the node was asked for.
struct asked_ids {
  node_script script() {
    node_script result;
    result.on<list_imports>() = [](const list_imports& x) {
      import_list list;
      for (auto& id : all)
        if (x.tenant.empty() || id.starts_with(x.tenant + ".")) list.imports.push_back(import_of(id));
      list.imports.resize(std::min<std::size_t>(list.imports.size(), x.limit));
      return list;
    };
    result.on<query_import>() = [this](const query_import& x) {
      asked.push_back(x.id);
      return import_of(x.id);
    };
    return result;
  }
  ids asked;
};

TEST_CASE("a command gets the whole id of the import that is meant") {
  asked_ids it;
  fake_node node{it.script()};
  test_client client;
  interpreter with{node.path(), client.in, client.to, "anna@local"};
  CHECK(with.run("import status abc; import status last; import status acme.last; import status " + first)
        == exit_code::done);
  CHECK(it.asked == ids{first, third, second, first});
}

TEST_CASE(
    "a word that may mean several imports is refused with their ids, and one like none goes to the node") {
  asked_ids it;
  fake_node node{it.script()};
  test_client client;
  interpreter with{node.path(), client.in, client.to, "anna@local"};
  CHECK(with.run("import status xyz") == exit_code::refused);
  CHECK(client.err()
        == "tidemark: \"xyz\" may be any of " + third + ", " + second + "; write more of the id\n");
  CHECK(it.asked.empty());
  with.run("import status frob");
  CHECK(it.asked == ids{"frob"});
}

} // namespace import_words_test
