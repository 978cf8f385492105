// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <stdexcept>
#include <vector>

#include "tests/system/cycle_array.hpp"

namespace macroscope::system::test {

/// The array as a grid of registers that all move by one step a cycle. Weights are only the number of their tile; every
/// element checks that the token before it belongs to the tile whose weights it holds, and every partial sum counts the
/// rows that it passed.
class NaiveArray : public CycleArray {
 public:
  NaiveArray(std::int64_t rows, std::int64_t columns, std::int64_t latency)
      : rows_(rows), columns_(columns), latency_(latency), elements_(rows, std::vector<Element>(columns)),
        skew_(rows), sum_skew_(columns), deskew_(columns) {
    for (std::int64_t r = 0; r < rows; ++r) {
      skew_[r].assign(r * latency, Wave());
      for (Element& element : elements_[r]) element.pipeline.assign(latency, Sum());
    }
    for (std::int64_t c = 0; c < columns; ++c) {
      sum_skew_[c].assign(c, Sum());
      deskew_[c].assign(columns - 1 - c, Sum());
    }
    row_free_.assign(rows, true);
  }

  bool weight_ready() override { return !shadow_full_ && row_free_[next_row_]; }
  bool tile_active() override { return active_; }
  bool sums_ready(bool first_k) override { return first_k || !waiting_.empty(); }
  bool result_leaving() override { return leaving_.valid && leaving_.last_k; }

  void clock(const Drive& drive) override {
    if (leaving_.valid && !leaving_.last_k) arriving_sum_ = leaving_;
    const bool swap = shadow_full_ && (!active_ || (drive.enter && drive.last_token));
    Wave wave{swap, drive.enter, entering_tile_};
    Sum start{drive.enter, drive.last_k, drive.token, 0, entering_tile_};
    if (drive.enter && !drive.first_k) {
      if (waiting_.front().token != drive.token) throw std::logic_error("a token took up another token's partial sums");
      start.rows = waiting_.front().rows;
      waiting_.pop_front();
    }
    leaving_ = move(wave, start);
    control(drive, swap);
    if (arriving_sum_.valid) waiting_.push_back(arriving_sum_);
    arriving_sum_ = Sum();
  }

 private:
  struct Wave {
    bool swap = false;
    bool token = false;
    std::int64_t tile = -1;
  };
  struct Sum {
    bool valid = false;
    bool last_k = false;
    std::int64_t token = -1;
    std::int64_t rows = 0;
    std::int64_t tile = -1;
  };
  struct Element {
    std::int64_t shadow = -1, active = -1;
    Wave right;                 // what the column on the right sees next cycle
    std::deque<Sum> pipeline;   // of the unit
  };

  /// One step of all registers; returns what all columns deliver together after it.
  Sum move(const Wave& wave, const Sum& start) {
    std::vector<Sum> tops(columns_);
    for (std::int64_t c = 0; c < columns_; ++c) {
      sum_skew_[c].push_back(start);
      tops[c] = sum_skew_[c].front();
      sum_skew_[c].pop_front();
    }
    // Values before the clock edge: what each element's unit has at its output now.
    std::vector<std::vector<Sum>> outputs(rows_, std::vector<Sum>(columns_));
    for (std::int64_t r = 0; r < rows_; ++r)
      for (std::int64_t c = 0; c < columns_; ++c) outputs[r][c] = elements_[r][c].pipeline.front();
    swapped_.assign(rows_, false);
    for (std::int64_t r = 0; r < rows_; ++r) {
      skew_[r].push_back(wave);
      Wave here = skew_[r].front();
      skew_[r].pop_front();
      for (std::int64_t c = 0; c < columns_; ++c) {
        Element& element = elements_[r][c];
        Sum sum = r == 0 ? tops[c] : outputs[r - 1][c];
        if (here.token != sum.valid) throw std::logic_error("a partial sum and its activations missed each other");
        if (here.token && element.active != here.tile) throw std::logic_error("a token met another tile's weights");
        ++sum.rows;
        element.pipeline.push_back(sum);
        element.pipeline.pop_front();
        if (here.swap) element.active = element.shadow;
        if (c == columns_ - 1) swapped_[r] = here.swap;
        std::swap(here, element.right);
      }
    }
    Sum result;
    for (std::int64_t c = 0; c < columns_; ++c) {
      deskew_[c].push_back(elements_[rows_ - 1][c].pipeline.front());
      const Sum sum = deskew_[c].front();
      if (c == 0) result = sum;
      if (sum.token != result.token || sum.valid != result.valid) throw std::logic_error("columns delivered different tokens");
    }
    // The registers before the outputs step with the next edge: drop what has now been seen.
    for (std::int64_t c = 0; c < columns_; ++c) deskew_[c].pop_front();
    if (result.valid && result.rows % rows_ != 0) throw std::logic_error("a partial sum did not pass all rows");
    return result;
  }

  void control(const Drive& drive, bool swap) {
    for (std::int64_t r = 0; r < rows_; ++r)
      if (swapped_[r]) row_free_[r] = true;
    if (drive.write_row) {
      if (drive.row != next_row_) throw std::logic_error("rows of weights out of order");
      for (Element& element : elements_[next_row_]) element.shadow = loading_tile_;
      row_free_[next_row_] = false;
      if (++next_row_ == rows_) {
        next_row_ = 0;
        shadow_full_ = true;
        ++loading_tile_;
      }
    }
    if (swap) {
      shadow_full_ = false;
      active_ = true;
      ++entering_tile_;
    } else if (drive.enter && drive.last_token) {
      active_ = false;
    }
  }

  std::int64_t rows_, columns_, latency_;
  std::vector<std::vector<Element>> elements_;
  std::vector<std::deque<Wave>> skew_;
  std::vector<std::deque<Sum>> sum_skew_, deskew_;
  std::vector<bool> row_free_, swapped_;
  std::deque<Sum> waiting_;
  Sum leaving_, arriving_sum_;
  bool shadow_full_ = false, active_ = false;
  std::int64_t next_row_ = 0, loading_tile_ = 0, entering_tile_ = -1;
};

}  // namespace macroscope::system::test
