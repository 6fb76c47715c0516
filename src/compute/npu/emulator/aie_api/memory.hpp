// Loads and stores of aie_api, checked: alignment, and the buffers of the core.
#pragma once

#include "src/compute/npu/emulator/aie_api/accum.hpp"

// NOLINTBEGIN(readability-identifier-naming): the names of aie_api

namespace aie {

inline constexpr unsigned vector_decl_align = tessera::compute::npu::kVectorAlignment;

namespace detail {

/// 16 bytes for 128 bits, 32 for more.
template <class T, unsigned N>
inline constexpr std::size_t kAlignmentOf = vector<T, N>::kBytes < 32 ? 16 : 32;

}  // namespace detail

template <unsigned N, class T>
vector<T, N> load_v(const T* from, Where where = Where::current()) {
  vector<T, N> v;
  auto& core = detail::core();
  core.touch(from, v.kBytes, detail::kAlignmentOf<T, N>, where);
  core.issued->loads += detail::registers(v.kBits);
  std::memcpy(v.bytes(), from, v.kBytes);
  v.define();
  v.origin = detail::Origin::loaded;
  return v;
}

template <class T, unsigned N>
void store_v(T* to, const vector<T, N>& v, Where where = Where::current()) {
  v.check(where);
  auto& core = detail::core();
  core.touch(to, v.kBytes, detail::kAlignmentOf<T, N>, where);
  if (v.origin != detail::Origin::converted) core.issued->stores += detail::registers(v.kBits);
  std::memcpy(to, v.bytes(), v.kBytes);
}

/// At any multiple of the element's size: one register more is loaded, and shifted.
template <unsigned N, class T>
vector<T, N> load_unaligned_v(const T* from, Where where = Where::current()) {
  vector<T, N> v;
  auto& core = detail::core();
  core.touch(from, v.kBytes, alignof(T), where);
  core.issued->loads += detail::registers(v.kBits) + 1;
  core.issued->moves += detail::issues(v.kBits);
  std::memcpy(v.bytes(), from, v.kBytes);
  v.define();
  return v;
}

template <class T, unsigned N>
void store_unaligned_v(T* to, const vector<T, N>& v, Where where = Where::current()) {
  v.check(where);
  auto& core = detail::core();
  core.touch(to, v.kBytes, alignof(T), where);
  core.issued->stores += detail::registers(v.kBits) + 1;
  core.issued->moves += detail::issues(v.kBits);
  std::memcpy(to, v.bytes(), v.kBytes);
}

/// Goes through memory a vector at a time; what `begin_vector` and its like give.
template <class T, unsigned N>
class vector_iterator {
 public:
  explicit vector_iterator(T* at) : at_(at) {}

  class reference {
   public:
    explicit reference(T* at) : at_(at) {}
    operator vector<std::remove_const_t<T>, N>() const { return load_v<N>(at_); }
    reference& operator=(const vector<std::remove_const_t<T>, N>& v) {
      store_v(at_, v);
      return *this;
    }

   private:
    T* at_;
  };

  reference operator*() const { return reference(at_); }
  vector_iterator& operator++() { return *this += 1; }
  vector_iterator operator++(int) {
    const vector_iterator before = *this;
    ++*this;
    return before;
  }
  vector_iterator& operator+=(int vectors) {
    constexpr std::ptrdiff_t kElements = vector<std::remove_const_t<T>, N>::kBytes / sizeof(T);
    at_ += vectors * kElements;
    return *this;
  }
  vector_iterator operator+(int vectors) const {
    vector_iterator other = *this;
    return other += vectors;
  }

 private:
  T* at_;
};

template <unsigned N, class T>
vector_iterator<T, N> begin_vector(T* at) {
  return vector_iterator<T, N>(at);
}
template <unsigned N, class T>
vector_iterator<const T, N> cbegin_vector(const T* at) {
  return vector_iterator<const T, N>(at);
}
template <unsigned N, class T>
vector_iterator<T, N> begin_restrict_vector(T* at) {
  return vector_iterator<T, N>(at);
}
template <unsigned N, class T>
vector_iterator<const T, N> cbegin_restrict_vector(const T* at) {
  return vector_iterator<const T, N>(at);
}

}  // namespace aie

// NOLINTEND(readability-identifier-naming)
