/// Error answers as NetSuite sends them, with what each one means.
#pragma once

#include <string>
#include <vector>

#include "messages/error.hpp"

namespace tidemark::test {

struct error_sample {
  std::string name;
  long status = 0;
  std::string body;
  ec code = ec::none;
  std::string subject = {};
};

/// The envelope that REST services put around one detail.
std::string error_envelope(long status, const std::string& detail, const std::string& code);

const std::vector<error_sample>& error_samples();

} // namespace tidemark::test
