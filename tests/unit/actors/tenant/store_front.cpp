#include "tenant/store_front.hpp"
#include "messages/promise.hpp"

namespace tidemark {

template <class Message, class Answer>
auto store_front::pass(caf::event_based_actor* self, std::shared_ptr<rule_book> book, store_actor behind) {
  return [=](const Message& message) -> caf::result<Answer> {
    if (book->watcher) book->watcher(typeid(Message));
    auto& rule = book->rules[typeid(Message)];
    rule.senders.push_back(self->current_sender()->address());
    if (rule.refusal) return to_caf_error(*rule.refusal);
    if (!rule.holds) return self->delegate(behind, message);
    auto promise = make_promise<Answer>(self);
    rule.held.push_back([promise, behind, message]() mutable { promise.delegate(behind, message); });
    return promise;
  };
}

store_front::store_front(driven_system& on, const store_actor& behind) : on_(on) {
  auto book = rules_;
  actor_ = on.spawn([book, behind](caf::event_based_actor* self) {
    return caf::behavior{
        [self](const play& what) { what.act(self); },
        pass<create_import, done>(self, book, behind),
        pass<load_import, ledger_snapshot>(self, book, behind),
        pass<load_imports, import_rows>(self, book, behind),
        pass<save_import_state, done>(self, book, behind),
        pass<prepare_table, table_prepared>(self, book, behind),
        pass<save_types, done>(self, book, behind),
        pass<finish_type, type_finished>(self, book, behind),
        pass<make_index, indexes_left>(self, book, behind),
        pass<add_batches, done>(self, book, behind),
        pass<pick_up_batch, picked_up>(self, book, behind),
        pass<note_arrival, done>(self, book, behind),
        pass<batch_write, batch_stored>(self, book, behind),
        pass<end_pick_up, done>(self, book, behind),
        pass<reset_running, done>(self, book, behind),
        pass<retry_batches, retried>(self, book, behind),
        pass<begin_cancel, cancel_receipt>(self, book, behind),
        pass<finish_cancel, cancel_receipt>(self, book, behind),
        pass<add_note, done>(self, book, behind),
        pass<load_marks, type_marks>(self, book, behind),
        pass<find_live, live_keys>(self, book, behind),
        pass<delete_records, records_deleted>(self, book, behind),
        pass<deletes_read, done>(self, book, behind),
        pass<load_deletion_log, deletion_log>(self, book, behind),
        pass<count_keys, key_counts>(self, book, behind),
        pass<repair_range, batch_stored>(self, book, behind),
        pass<prune_ledger, done>(self, book, behind),
        pass<settle_missing, type_finished>(self, book, behind),
        pass<take_held, held_taken>(self, book, behind),
        pass<sample_live, live_keys>(self, book, behind),
        pass<settle_gone, type_finished>(self, book, behind),
        pass<load_changed_parents, live_keys>(self, book, behind),
        pass<leave_out_sums, done>(self, book, behind),
        pass<find_elsewhere, keys_elsewhere>(self, book, behind),
        pass<find_held, held_list>(self, book, behind),
        pass<load_held, held_records>(self, book, behind),
    };
  });
}

} // namespace tidemark
