// chunkarray.hpp: chunkarray for C++17, on top of chunkarray.h. Header only.
//
//     chunkarray::library library("/path/to/_core.hpy0.so");
//     chunkarray::array<double> a(library);          // ends with its scope
//     {
//         chunkarray::appender<double> out(a);       // closed with its scope
//         for (int i = 0; i < 1000; i++) out.put(i * 0.5);
//     }
//     double sum = 0;
//     for (const auto &part : a.chunks())            // each keeps its memory as long as it lives
//         for (double x : part) sum += x;
//
// What goes wrong is a chunkarray::error, with the code of chunkarray.h. Elements are the types of fixed width: int8_t to
// int64_t, uint8_t to uint64_t, float, double. A library outlives what is made with it.
#ifndef CHUNKARRAY_HPP
#define CHUNKARRAY_HPP

#include "chunkarray.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#if __has_include(<version>)
#include <version>
#endif
#ifdef __cpp_lib_span
#include <span>
#endif

namespace chunkarray {

// An operation failed, and changed nothing.
class error : public std::runtime_error {
public:
    error(std::int64_t code, const std::string &text) : std::runtime_error(text), code_(code) {}
    std::int64_t code() const noexcept { return code_; } // CHUNKARRAY_INDEX and its neighbours

private:
    std::int64_t code_;
};

// The binary.
class library {
public:
    // From a file, without Python.
    explicit library(const char *path) { loaded(chunkarray_load(&api_, path)); }
    // From the table that an extension table or a capsule names.
    explicit library(const chunkarray_table *table) { loaded(chunkarray_bind(&api_, table)); }

    const chunkarray_api &api() const noexcept { return api_; }

    // The result of a function of the API, if it is no error.
    template <class Result> Result checked(Result result) const
    {
        if (result < 0)
            fail(result);
        return result;
    }

    [[noreturn]] void fail(std::int64_t code) const
    {
        const char *text = api_.error_text(static_cast<std::int32_t>(code));
        throw error(code, text ? text : "unknown error");
    }

private:
    static void loaded(std::int32_t missing)
    {
        if (missing < 0)
            throw error(missing, chunkarray_load_error(missing));
        if (missing > 0)
            throw error(CHUNKARRAY_NO_TABLE, "the binary is older than chunkarray.hpp");
    }

    chunkarray_api api_;
};

// Elements that lie one behind the other, and belong to somebody else.
template <class T> class span {
public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using iterator = T *;

    constexpr span() noexcept = default;
    constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    // Of anything with data() and size(): a vector, an array, another span.
    template <class Container,
              class = std::enable_if_t<std::is_convertible_v<decltype(std::declval<Container &>().data()), T *>>>
    constexpr span(Container &&container) noexcept : data_(container.data()), size_(container.size())
    {
    }

    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T *begin() const noexcept { return data_; }
    constexpr T *end() const noexcept { return data_ + size_; }
    constexpr T &operator[](std::size_t index) const noexcept { return data_[index]; }
#ifdef __cpp_lib_span
    constexpr operator std::span<T>() const noexcept { return {data_, size_}; }
#endif

private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

// The functions of chunkarray.h for elements of type T.
template <class T> struct functions;

#define CHUNKARRAY_FUNCTIONS(TYPE, LETTER, DTYPE)                                                                   \
    template <> struct functions<TYPE> {                                                                           \
        static constexpr const char *dtype = DTYPE;                                                                \
        static constexpr auto push = &chunkarray_api::array_push_##LETTER;                                         \
        static constexpr auto at = &chunkarray_api::array_at_##LETTER;                                             \
        static constexpr auto set = &chunkarray_api::array_set_##LETTER;                                           \
        static constexpr auto pop = &chunkarray_api::array_pop_##LETTER;                                           \
        static TYPE at_unchecked(const chunkarray_array *array, std::int64_t index)                                \
        {                                                                                                          \
            return chunkarray_at_##LETTER##_unchecked(array, index);                                               \
        }                                                                                                          \
        static std::int32_t open(chunkarray_appender *appender, const chunkarray_api *api, chunkarray_handle array) \
        {                                                                                                          \
            return chunkarray_appender_open_##LETTER(appender, api, array);                                        \
        }                                                                                                          \
        static std::int64_t put_unchecked(chunkarray_appender *appender, TYPE value)                               \
        {                                                                                                          \
            return chunkarray_put_##LETTER##_unchecked(appender, value);                                           \
        }                                                                                                          \
    };
CHUNKARRAY_FUNCTIONS(std::uint8_t, u1, "U1")
CHUNKARRAY_FUNCTIONS(std::uint16_t, u2, "U2")
CHUNKARRAY_FUNCTIONS(std::uint32_t, u4, "U4")
CHUNKARRAY_FUNCTIONS(std::uint64_t, u8, "U8")
CHUNKARRAY_FUNCTIONS(std::int8_t, s1, "S1")
CHUNKARRAY_FUNCTIONS(std::int16_t, s2, "S2")
CHUNKARRAY_FUNCTIONS(std::int32_t, s4, "S4")
CHUNKARRAY_FUNCTIONS(std::int64_t, s8, "S8")
CHUNKARRAY_FUNCTIONS(float, f4, "F4")
CHUNKARRAY_FUNCTIONS(double, f8, "F8")
#undef CHUNKARRAY_FUNCTIONS

// The elements of one chunk, whose memory stays as long as this: also when the array is gone.
template <class T> class chunk : public span<T> {
public:
    chunk(const library &library, chunkarray_handle array, std::uint64_t number)
        : library_(&library), retained_(library.api().chunk_retain(array, number))
    {
        chunkarray_chunk found;
        if (!retained_) {
            library.checked(library.api().array_chunk(array, number, &found)); // says what is wrong with them
            library.fail(CHUNKARRAY_NO_MEMORY);
        }
        library.checked(library.api().chunk_span(retained_, &found));
        static_cast<span<T> &>(*this) = span<T>(reinterpret_cast<T *>(found.data), found.count);
        start_ = static_cast<std::int64_t>(found.start);
    }
    chunk(chunk &&other) noexcept
        : span<T>(static_cast<const span<T> &>(other)), library_(other.library_), retained_(std::exchange(other.retained_, 0)),
          start_(other.start_)
    {
    }
    chunk &operator=(chunk &&other) noexcept
    {
        std::swap(static_cast<span<T> &>(*this), static_cast<span<T> &>(other));
        std::swap(library_, other.library_);
        std::swap(retained_, other.retained_);
        std::swap(start_, other.start_);
        return *this;
    }
    ~chunk()
    {
        if (retained_)
            library_->api().chunk_release(retained_);
    }

    // Position of the first element.
    std::int64_t start() const noexcept { return start_; }

private:
    const library *library_;
    chunkarray_handle retained_;
    std::int64_t start_ = 0;
};

// An array that somebody else owns: Python, or an `array`.
template <class T> class array_ref {
public:
    // WRONG_TYPE where the elements are of another type, BAD_HANDLE where there is no such array.
    array_ref(const library &library, chunkarray_handle handle) : library_(&library), handle_(handle)
    {
        T ignored;
        std::int32_t status = (library.api().*functions<T>::at)(handle, 0, &ignored);
        if (status < 0 && status != CHUNKARRAY_INDEX)
            library.fail(status);
        header_ = library.api().array_header(handle);
    }

    const library &from() const noexcept { return *library_; }
    chunkarray_handle handle() const noexcept { return handle_; }

    std::int64_t size() const { return chunkarray_len(header_); }
    bool empty() const { return size() == 0; }

    // Appends; gives the index.
    std::int64_t push(T value) const { return checked((api().*functions<T>::push)(handle_, value)); }
    // Appends all, adjacent, or none; gives the index of the first.
    std::int64_t extend(span<const T> from) const
    {
        return checked(api().array_extend(handle_, from.data(), from.size()));
    }
    // A negative index counts from the end.
    T at(std::int64_t index) const
    {
        T value;
        checked((api().*functions<T>::at)(handle_, index, &value));
        return value;
    }
    void set(std::int64_t index, T value) const { checked((api().*functions<T>::set)(handle_, index, value)); }
    T pop() const
    {
        T value;
        checked((api().*functions<T>::pop)(handle_, &value));
        return value;
    }
    // Unchecked: 0 <= index < size(), and the array lives.
    T operator[](std::int64_t index) const { return functions<T>::at_unchecked(header_, index); }

    // The chunks that there are now.
    class chunk_range {
    public:
        class iterator {
        public:
            iterator(const array_ref &array, std::uint64_t number) : array_(array), number_(number) {}
            chunk<T> operator*() const { return array_.chunk_at(number_); }
            iterator &operator++()
            {
                number_++;
                return *this;
            }
            bool operator!=(const iterator &other) const { return number_ != other.number_; }

        private:
            array_ref array_;
            std::uint64_t number_;
        };
        explicit chunk_range(const array_ref &array)
            : array_(array), count_(static_cast<std::uint64_t>(
                                 array.checked(array.api().array_chunk_count(array.handle_))))
        {
        }
        iterator begin() const { return {array_, 0}; }
        iterator end() const { return {array_, count_}; }

    private:
        array_ref array_;
        std::uint64_t count_;
    };
    chunk_range chunks() const { return chunk_range(*this); }
    chunk<T> chunk_at(std::uint64_t number) const { return chunk<T>(*library_, handle_, number); }

protected:
    const chunkarray_api &api() const noexcept { return library_->api(); }
    template <class Result> Result checked(Result result) const { return library_->checked(result); }

    const library *library_;
    chunkarray_handle handle_;
    const chunkarray_array *header_;
};

// What an array is made with; 0 means the default.
struct options {
    std::uint64_t chunk_size = 0; // elements, a power of two
    std::uint64_t capacity = 0;   // elements in one piece in front
    std::uint64_t keep = 0;       // newest elements to keep; 0: all
};

// An array that ends with its scope.
template <class T> class array : public array_ref<T> {
public:
    explicit array(const library &library, options given = {}) : array_ref<T>(library, made(library, given)) {}
    array(array &&other) noexcept : array_ref<T>(other) { other.handle_ = 0; }
    array &operator=(array &&other) noexcept
    {
        std::swap(static_cast<array_ref<T> &>(*this), static_cast<array_ref<T> &>(other));
        return *this;
    }
    ~array()
    {
        if (this->handle_)
            this->api().array_delete(this->handle_);
    }

private:
    static chunkarray_handle made(const library &library, options given)
    {
        chunkarray_handle handle =
            library.api().array_new(functions<T>::dtype, given.chunk_size, given.capacity, given.keep);
        if (!handle)
            throw error(CHUNKARRAY_BAD_ARGUMENT, "an option is out of range, or there is no memory");
        return handle;
    }
};

// The fastest way to append: from one thread, while nobody else appends. Closed with its scope.
template <class T> class appender {
public:
    explicit appender(const array_ref<T> &array) : library_(&array.from())
    {
        library_->checked(functions<T>::open(&raw_, &library_->api(), array.handle()));
    }
    appender(const appender &) = delete;
    appender &operator=(const appender &) = delete;
    ~appender() { chunkarray_appender_close(&raw_); }

    void put(T value)
    {
        std::int64_t status = functions<T>::put_unchecked(&raw_, value);
        if (status < 0)
            library_->fail(status);
    }

private:
    const library *library_;
    chunkarray_appender raw_;
};

} // namespace chunkarray
#endif
