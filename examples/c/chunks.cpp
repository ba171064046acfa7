// chunkarray in C++17: arrays that end with their scope, an appender by scope, spans over chunks.
//
//     c++ -std=c++17 -I INCLUDE chunks.cpp -o chunks -ldl
//     ./chunks BINARY
//
// INCLUDE is chunkarray.get_include(), BINARY is chunkarray._core.__file__.
#include <chunkarray.hpp>

#include <cmath>
#include <cstdio>
#include <numeric>
#include <optional>
#include <vector>

int main(int count, char **words)
try {
    chunkarray::library library(count > 1 ? words[1] : "");
    std::optional<chunkarray::chunk<double>> kept;
    {
        chunkarray::array<double> waves(library, {1024, 0, 0});
        {
            chunkarray::appender<double> out(waves);
            for (int i = 0; i < 100000; i++)
                out.put(std::sin(i * 0.001));
            try {
                waves.push(0.0);
            } catch (const chunkarray::error &error) {
                std::printf("while the appender is open: %s\n", error.what());
            }
        }
        waves.extend(std::vector<double>{1.0, 2.0, 3.0});
        std::printf("%lld elements, the last one %g\n", static_cast<long long>(waves.size()), waves.at(-1));

        double sum = 0;
        std::size_t chunks = 0;
        for (const auto &part : waves.chunks()) {
            sum = std::accumulate(part.begin(), part.end(), sum);
            chunks++;
        }
        double again = 0;
        for (std::int64_t i = 0; i < waves.size(); i++)
            again += waves[i];
        std::printf("sum %.6f over %zu chunks, %.6f by index\n", sum, chunks, again);

        for (double &x : waves.chunk_at(0))
            x = 7.0; // a chunk is the array's own memory
        std::printf("waves[0] is %g now\n", waves[0]);
        kept.emplace(waves.chunk_at(0));
    }
    std::printf("the array is gone, its first chunk is not: %g .. %g, %zu elements\n", *kept->begin(),
                *(kept->end() - 1), kept->size());
    return 0;
} catch (const chunkarray::error &error) {
    std::fprintf(stderr, "%s (%lld)\n", error.what(), static_cast<long long>(error.code()));
    return 1;
}
