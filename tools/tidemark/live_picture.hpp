/// A frame on the terminal that is drawn anew as things change, not more often than anybody can see.
#pragma once

#include "tools/tidemark/console.hpp"
#include "tools/tidemark/inbox.hpp"
#include "tools/tidemark/live_frame.hpp"
#include "tools/tidemark/live_screen.hpp"

#include <functional>
#include <vector>

namespace tidemark::cli {

class live_picture {
public:
  /// `frame` makes the lines that fit the shape, as things stand when it is called.
  using frame = std::function<std::vector<line>(const frame_shape&)>;

  live_picture(const console& to, frame make) : console_(to), screen_(to.colour), make_(std::move(make)) {}

  /// There is something new to show.
  void changed() { changed_ = shown_ = true; }
  /// When `refresh` wants to be called next.
  clock::time_point due() const;
  /// Draws if it is time.
  void refresh(clock::time_point now);
  void draw();
  void terminal_changed(bool overwritten);
  /// What stays above the frame.
  void say(const line& sentence);
  /// Somebody else is going to write. The frame stays; what the terminal has echoed below it (^C) goes.
  void leave() const;

private:
  const console& console_;
  live_screen screen_;
  frame make_;
  clock::time_point drawn_{};
  bool shown_ = false;
  bool changed_ = false;
};

} // namespace tidemark::cli
