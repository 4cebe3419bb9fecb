/// The tables by theme; `make_tables` puts them together.
#pragma once

#include "tools/netsuite_sim/table.hpp"

namespace tidemark::netsuite_sim {

/// currency, term, accountingperiod, categories, price levels, units.
void add_list_tables(std::vector<table>& out);
/// subsidiary, department, classification, location, account, employee.
void add_organisation_tables(std::vector<table>& out);
/// customer, vendor, contact and their subsidiaries, job, projecttask.
void add_entity_tables(std::vector<table>& out);
/// item, transaction, transactionline.
void add_transaction_tables(std::vector<table>& out);
/// Bins, units, stock, vendors of items, addresses.
void add_stock_tables(std::vector<table>& out);
/// deletedrecord, and records and lists that the customer has added.
void add_other_tables(std::vector<table>& out);
/// customfield, customrecordtype and customlist: what the tables so far have of that kind.
void add_custom_tables(std::vector<table>& out);

} // namespace tidemark::netsuite_sim
