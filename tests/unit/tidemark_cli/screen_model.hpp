/// A terminal of its own kind, as far as the live screen uses one: lines, a cursor, wrapping and scrolling.
#pragma once

#include <string>
#include <vector>

namespace tidemark::cli {

class screen_model {
public:
  screen_model(std::size_t columns, std::size_t rows) : columns_(columns), rows_(rows) {}

  /// Knows ASCII text, \r, \n (which also returns), ESC[<n>A, ESC[K, ESC[J and ESC[...m; fails the test on
  /// anything else.
  void feed(const std::string& text);

  /// Lines longer than the new width are wrapped, as most terminals do.
  void resize(std::size_t columns);

  /// Everything ever written that still stands, also what has scrolled off, without spaces at line ends.
  std::vector<std::string> lines() const;

private:
  void put(char c);
  void next_line();
  /// The first line of the screen; what is above has scrolled off.
  std::size_t top() const { return lines_.size() > rows_ ? lines_.size() - rows_ : 0; }

  std::size_t columns_;
  std::size_t rows_;
  std::vector<std::string> lines_{""};
  std::size_t row_ = 0;
  std::size_t column_ = 0;
};

} // namespace tidemark::cli
