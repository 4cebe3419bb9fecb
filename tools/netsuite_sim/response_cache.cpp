#include "tools/netsuite_sim/response_cache.hpp"

namespace tidemark::netsuite_sim {

void response_cache::insert(std::string key, std::shared_ptr<const rendered> answer, std::size_t max_bytes) {
  if (auto found = index_.find(key); found != index_.end()) drop(found->second);
  entries_.push_front({std::move(key), std::move(answer)});
  index_[entries_.front().key] = entries_.begin();
  bytes_ += size_of(entries_.front());
  while (bytes_ > max_bytes && !entries_.empty()) drop(std::prev(entries_.end()));
}

void response_cache::clear() {
  entries_.clear();
  index_.clear();
  bytes_ = 0;
}

void response_cache::drop(std::list<entry>::iterator position) {
  bytes_ -= size_of(*position);
  index_.erase(position->key);
  entries_.erase(position);
}

} // namespace tidemark::netsuite_sim
