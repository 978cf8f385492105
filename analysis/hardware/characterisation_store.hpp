// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "analysis/hardware/characterisation.hpp"

namespace macroscope::hardware {

/// Where a unit's characterisation lies: STORE/TECHNOLOGY/HASH.json, HASH the first 16 digits of SHA-256 of the hardware
/// key. Presets that differ only in how operands are quantized share it.
std::filesystem::path characterisation_path(const std::filesystem::path& store, const std::string& technology, const std::string& hardware_key);

/// Schema macroscope.characterisation/1: the Characterisation field by field, with units in the names.
nlohmann::json to_json(const Characterisation& c);
/// Throws InputError naming `origin` when `json` is not one.
Characterisation characterisation_from_json(const nlohmann::json& json, const std::string& origin);

/// The stored characterisation of a unit, or nothing when there is none. Throws InputError for a file that can't be read.
std::optional<Characterisation> load_characterisation(const std::filesystem::path& store, const std::string& technology, const std::string& hardware_key);
/// Writes it (by rename).
void store_characterisation(const std::filesystem::path& store, const Characterisation& c);

}  // namespace macroscope::hardware
