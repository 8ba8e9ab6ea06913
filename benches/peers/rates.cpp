// How many multiply-adds of four numbers this processor does: twelve chains that do not wait for each other.
#include "lines.hpp"

typedef double Four __attribute__((vector_size(32)));

struct MultiplyAdds : Task {
    Four chains[12];
    MultiplyAdds() {
        for (int chain = 0; chain < 12; chain++) chains[chain] = Four{1.0, 2.0, 3.0, 4.0} * (1.0 + chain);
    }
    // 12,000 multiply-adds a repetition.
    void run(long repetitions) override {
        Four factor = {0.5, 0.5, 0.5, 0.5}, addend = {1.0, 1.0, 1.0, 1.0};
        // Unknown to the compiler, which would work it out else.
        keep(factor);
        keep(addend);
        Four c[12];
        for (int chain = 0; chain < 12; chain++) c[chain] = chains[chain];
        for (long turn = 0; turn < repetitions * 1000; turn++) {
#pragma GCC unroll 12
            for (int chain = 0; chain < 12; chain++) c[chain] = c[chain] * factor + addend;
        }
        for (int chain = 0; chain < 12; chain++) chains[chain] = c[chain];
        keep(chains);
    }
};

int main() {
    Tasks tasks;
    tasks["multiply-add"] = std::make_unique<MultiplyAdds>();
    return serve(tasks);
}
