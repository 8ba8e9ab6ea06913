// Peers in C++ are asked by lines: see benches/src/peers/child.rs, which says how.
#pragma once
#include <ctime>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct Task {
    virtual ~Task() = default;
    virtual void load(const std::vector<double>&) {}
    virtual std::vector<double> result() { return {}; }
    virtual void run(long repetitions) = 0;
};

using Tasks = std::map<std::string, std::unique_ptr<Task>>;

// Keeps the compiler from removing what nobody reads.
template <typename T> inline void keep(T& value) { asm volatile("" : : "g"(&value) : "memory"); }

inline double thread_ns() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1e9 + now.tv_nsec;
}

inline int serve(Tasks& tasks) {
    std::ios::sync_with_stdio(false);
    std::cout.precision(17);
    std::string verb, name;
    while (std::cin >> verb >> name) {
        auto found = tasks.find(name);
        if (found == tasks.end()) {
            std::string rest;
            std::getline(std::cin, rest);
            std::cout << "error no task " << name << std::endl;
        } else if (verb == "load") {
            size_t count;
            std::cin >> count;
            std::vector<double> numbers(count);
            for (double& number : numbers) {
                std::string word;
                std::cin >> word;
                number = std::strtod(word.c_str(), nullptr);
            }
            found->second->load(numbers);
            std::cout << "ok" << std::endl;
        } else if (verb == "result") {
            std::vector<double> numbers = found->second->result();
            std::cout << numbers.size();
            for (double number : numbers) std::cout << ' ' << number;
            std::cout << std::endl;
        } else {
            long repetitions;
            std::cin >> repetitions;
            double begin_ns = thread_ns();
            found->second->run(repetitions);
            std::cout << thread_ns() - begin_ns << std::endl;
        }
    }
    return 0;
}
