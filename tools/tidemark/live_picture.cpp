#include "tools/tidemark/live_picture.hpp"

namespace tidemark::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto least_pause = 100ms; // between two pictures
constexpr auto idle_pause = 1s;     // while only the clock moves

} // namespace

clock::time_point live_picture::due() const {
  if (!shown_) return clock::time_point::max();
  return drawn_ + (changed_ ? least_pause : idle_pause);
}

void live_picture::refresh(clock::time_point now) {
  if (now < due()) return;
  draw();
  drawn_ = now;
}

void live_picture::draw() {
  auto size = console_.terminal().value_or(terminal_size{});
  // The last column stays free, since some terminals wrap there, and so does the line of the cursor.
  frame_shape shape{size.columns > 1 ? size.columns - 1 : 1, size.rows > 1 ? size.rows - 1 : 1,
                    console_.unicode};
  console_.out(screen_.draw(make_(shape), size.columns));
  changed_ = false;
}

void live_picture::terminal_changed(bool overwritten) {
  if (overwritten) screen_.begin_anew();
  changed_ = true;
}

void live_picture::say(const line& sentence) {
  console_.out(screen_.draw({}, console_.terminal().value_or(terminal_size{}).columns));
  console_.say(sentence);
  screen_.begin_anew();
  changed();
}

void live_picture::leave() const {
  if (shown_) console_.out("\r\x1b[K");
}

} // namespace tidemark::cli
