// The filters as one writes them with Eigen: fixed sizes, no aliasing; the same work as benches/src/peers/plain.rs.
#include "lines.hpp"
#include <Eigen/Dense>
#include <array>
#include <cmath>

using Eigen::Matrix;
using Eigen::Matrix3d;
using Eigen::Vector3d;
template <int N> using Vector = Matrix<double, N, 1>;
template <int N> using Square = Matrix<double, N, N>;

template <int N> struct Belief {
    Vector<N> mean;
    Square<N> covariance;
};

struct Look {
    Vector3d origin, along, right, up;
    double range;
    Vector3d variances;
};

// WGS-84, as fusion_core::dynamics::gravity has it.
const double MU = 3.986004418e14, J2 = 1.0826298213e-3, RE = 6378137.0, W = 7.292115e-5;
const double TAU = 6.283185307179586;

// Density of the air and its slope every 100 m from 5 km below the ellipsoid, as it is loaded.
static std::vector<std::array<double, 2>> table;

static void air_at(double height, double& density, double& slope) {
    double place = (height + 5000.0) / 100.0;
    size_t cell = std::min<size_t>(std::max(place, 0.0), table.size() - 2);
    double t = place - cell, rest = 1.0 - t;
    auto [low, low_slope] = table[cell];
    auto [high, high_slope] = table[cell + 1];
    double chord = high - low, leaves = low_slope * 100.0 - chord, enters = chord - high_slope * 100.0;
    density = low + t * chord + t * rest * (rest * leaves + t * enters);
    slope = (chord + (rest - t) * (rest * leaves + t * enters) + t * rest * (enters - leaves)) / 100.0;
}

static void height_and_up(const Vector3d& p, double& height, Vector3d& up) {
    const double f = 1.0 / 298.257223563, e2 = f * (2.0 - f), b = RE * (1.0 - f);
    double q = std::hypot(p.x(), p.y());
    double s = p.z(), c = q * (1.0 - f), n = std::sqrt(s * s + c * c);
    s /= n, c /= n;
    double sine = p.z() + e2 / (1.0 - e2) * b * s * s * s, cosine = q - e2 * RE * c * c * c;
    n = std::sqrt(sine * sine + cosine * cosine);
    sine /= n, cosine /= n;
    height = q * cosine + p.z() * sine - RE * std::sqrt(1.0 - e2 * sine * sine);
    up = Vector3d(p.x() * cosine / q, p.y() * cosine / q, sine);
}

template <int N> void free_flight(const Vector<N>& x, Vector3d& a, Matrix<double, 3, N>& jacobian) {
    Vector3d p = x.template head<3>(), v = x.template segment<3>(3);
    double r2 = p.squaredNorm(), r = std::sqrt(r2), central = MU / (r2 * r);
    double j = 1.5 * J2 * MU * RE * RE / (r2 * r2 * r), s = 5.0 * p.z() * p.z() / r2;
    Vector3d weights(central + j * (1.0 - s), central + j * (1.0 - s), central + j * (3.0 - s));
    a = -weights.cwiseProduct(p) + Vector3d(W * (W * p.x() + 2.0 * v.y()), W * (W * p.y() - 2.0 * v.x()), 0.0);
    Matrix3d g = p * p.transpose() * ((3.0 * central + j * (5.0 - 7.0 * s)) / r2);
    g -= weights.asDiagonal();
    Vector3d axial = p * (10.0 * j * p.z() / r2);
    g.col(2) += axial;
    g.row(2) += axial.transpose();
    g(0, 0) += W * W;
    g(1, 1) += W * W;
    jacobian.setZero();
    jacobian.template leftCols<3>() = g;
    jacobian(0, 4) = 2.0 * W;
    jacobian(1, 3) = -2.0 * W;
}

inline void acceleration(const Vector<6>& x, Vector3d& a, Matrix<double, 3, 6>& jacobian) {
    free_flight<6>(x, a, jacobian);
}

inline void acceleration(const Vector<7>& x, Vector3d& a, Matrix<double, 3, 7>& jacobian) {
    free_flight<7>(x, a, jacobian);
    Vector3d p = x.head<3>(), v = x.segment<3>(3), up;
    double height, density, slope;
    height_and_up(p, height, up);
    air_at(height, density, slope);
    double speed = v.norm(), half_area = 0.5 * std::exp(x[6]), rate = half_area * density * speed;
    Vector3d drag = -rate * v;
    jacobian.leftCols<3>() -= v * up.transpose() * (half_area * slope * speed);
    jacobian.middleCols<3>(3) -= (Matrix3d::Identity() + v * v.transpose() / (speed * speed)) * rate;
    jacobian.col(6) = drag;
    a += drag;
}

template <int N>
void rates(const Vector<N>& x, const Square<N>& f, Vector<N>& rate, Square<N>& of_transition) {
    Vector3d a;
    Matrix<double, 3, N> jacobian;
    acceleration(x, a, jacobian);
    rate.setZero();
    rate.template head<3>() = x.template segment<3>(3);
    rate.template segment<3>(3) = a;
    of_transition.setZero();
    of_transition.template topRows<3>() = f.template middleRows<3>(3);
    of_transition.template middleRows<3>(3).noalias() = jacobian * f;
}

// What the models' noise adds: white acceleration, and the walk of a seventh state.
template <int N> Square<N> noise_of(double seconds, double density, double further) {
    Square<N> noise = Square<N>::Zero();
    noise.template block<3, 3>(0, 0).diagonal().setConstant(density * seconds * seconds * seconds / 3.0);
    noise.template block<3, 3>(0, 3).diagonal().setConstant(density * seconds * seconds / 2.0);
    noise.template block<3, 3>(3, 0).diagonal().setConstant(density * seconds * seconds / 2.0);
    noise.template block<3, 3>(3, 3).diagonal().setConstant(density * seconds);
    if (N > 6) noise(N - 1, N - 1) = further * seconds;
    return noise;
}

template <int N, bool SYMMETRIC> void predict(Belief<N>& track, double seconds, const Square<N>& noise) {
    Vector<N> x = track.mean, k1, k2, k3, k4;
    Square<N> f = Square<N>::Identity(), m1, m2, m3, m4;
    rates<N>(x, f, k1, m1);
    rates<N>(x + k1 * (seconds / 2.0), f + m1 * (seconds / 2.0), k2, m2);
    rates<N>(x + k2 * (seconds / 2.0), f + m2 * (seconds / 2.0), k3, m3);
    rates<N>(x + k3 * seconds, f + m3 * seconds, k4, m4);
    track.mean += (k1 + 2.0 * k2 + 2.0 * k3 + k4) * (seconds / 6.0);
    f += (m1 + 2.0 * m2 + 2.0 * m3 + m4) * (seconds / 6.0);
    Square<N> half;
    if constexpr (SYMMETRIC) {
        half.noalias() = f * track.covariance.template selfadjointView<Eigen::Lower>();
        track.covariance = noise;
        track.covariance.template triangularView<Eigen::Lower>() += half * f.transpose();
    } else {
        half.noalias() = f * track.covariance;
        track.covariance = noise;
        track.covariance.noalias() += half * f.transpose();
    }
}

template <int N, bool SYMMETRIC> double update(Belief<N>& track, const Look& look) {
    Vector3d offset = track.mean.template head<3>() - look.origin;
    double range = offset.norm(), along = offset.dot(look.along);
    double right = offset.dot(look.right) / along, up = offset.dot(look.up) / along;
    Vector3d residual(look.range - range, -right, -up);
    // The derivative is zero beyond position: Eigen's blocks leave that out.
    Matrix3d h;
    h.row(0) = (offset / range).transpose();
    h.row(1) = ((look.right - look.along * right) / along).transpose();
    h.row(2) = ((look.up - look.along * up) / along).transpose();
    Matrix<double, N, 3> cross;
    if constexpr (SYMMETRIC) {
        Matrix3d first = track.covariance.template topLeftCorner<3, 3>().template selfadjointView<Eigen::Lower>();
        cross.template topRows<3>().noalias() = first * h.transpose();
        cross.template bottomRows<N - 3>().noalias() =
            track.covariance.template bottomLeftCorner<N - 3, 3>() * h.transpose();
    } else {
        cross.noalias() = track.covariance.template leftCols<3>() * h.transpose();
    }
    Matrix3d s = h * cross.template topRows<3>();
    s.diagonal() += look.variances;
    Matrix3d inverse = s.inverse();
    Matrix<double, N, 3> gain;
    gain.noalias() = cross * inverse;
    track.mean.noalias() += gain * residual;
    if constexpr (SYMMETRIC) {
        track.covariance.template triangularView<Eigen::Lower>() -= gain * cross.transpose();
    } else {
        track.covariance.noalias() -= gain * cross.transpose();
    }
    return -0.5 * (residual.dot(inverse * residual) + std::log(TAU * TAU * TAU * s.determinant()));
}

template <int N> void append(std::vector<double>& numbers, const Belief<N>& track, double log_likelihood) {
    for (int row = 0; row < N; row++) numbers.push_back(track.mean[row]);
    for (int row = 0; row < N; row++)
        for (int column = 0; column < N; column++)
            numbers.push_back(track.covariance(std::max(row, column), std::min(row, column)));
    numbers.push_back(log_likelihood);
}

// Tracks and looks as they are loaded: benches/src/peers/filters.rs says how.
template <int N> struct Tracks {
    std::vector<Belief<N>> tracks, after;
    std::vector<Look> looks;
    void read(size_t count, const double*& next) {
        auto vector = [&next] {
            Vector3d vector(next[0], next[1], next[2]);
            next += 3;
            return vector;
        };
        tracks.resize(count);
        looks.resize(count);
        for (size_t index = 0; index < count; index++) {
            tracks[index].mean = Eigen::Map<const Vector<N>>(next);
            tracks[index].covariance = Eigen::Map<const Square<N>>(next + N);
            next += N + N * N;
            Look& look = looks[index];
            look.origin = vector(), look.along = vector(), look.right = vector(), look.up = vector();
            look.range = *next++;
            look.variances = vector();
        }
        after = tracks;
    }
};

template <int N, bool SYMMETRIC> struct Filter : Task {
    Tracks<N> all;
    double seconds = 0.0;
    Square<N> noise;
    void load(const std::vector<double>& numbers) override {
        const double* next = numbers.data();
        size_t count = *next++;
        seconds = *next++;
        double density = *next++, further = 0.0;
        if (N > 6) {
            further = *next++;
            table.resize(*next++);
            for (auto& entry : table) entry = {next[0], next[1]}, next += 2;
        }
        noise = noise_of<N>(seconds, density, further);
        all.read(count, next);
    }
    std::vector<double> result() override {
        std::vector<double> numbers;
        for (size_t index = 0; index < all.tracks.size(); index++) {
            Belief<N> track = all.tracks[index];
            predict<N, SYMMETRIC>(track, seconds, noise);
            double log_likelihood = update<N, SYMMETRIC>(track, all.looks[index]);
            append<N>(numbers, track, log_likelihood);
        }
        return numbers;
    }
    void run(long repetitions) override {
        for (long repetition = 0; repetition < repetitions; repetition++) {
            for (size_t index = 0; index < all.tracks.size(); index++) {
                Belief<N> track = all.tracks[index];
                predict<N, SYMMETRIC>(track, seconds, noise);
                double log_likelihood = update<N, SYMMETRIC>(track, all.looks[index]);
                keep(log_likelihood);
                all.after[index] = track;
            }
            keep(all.after[0]);
        }
    }
};

// Three modes that mix by a Markov matrix: row = before, column = after.
struct Modes {
    std::array<Belief<6>, 3> modes;
    Vector3d probabilities;
};

template <bool SYMMETRIC> Belief<6> mixture(const Vector3d& weights, const std::array<Belief<6>, 3>& parts) {
    Belief<6> mixed;
    mixed.mean = weights[0] * parts[0].mean + weights[1] * parts[1].mean + weights[2] * parts[2].mean;
    mixed.covariance.setZero();
    for (int part = 0; part < 3; part++) {
        Vector<6> difference = parts[part].mean - mixed.mean;
        if constexpr (SYMMETRIC) {
            mixed.covariance.triangularView<Eigen::Lower>() +=
                weights[part] * (parts[part].covariance + difference * difference.transpose());
        } else {
            mixed.covariance += weights[part] * (parts[part].covariance + difference * difference.transpose());
        }
    }
    return mixed;
}

template <bool SYMMETRIC> struct Interacting : Task {
    Tracks<6> all;
    std::vector<Modes> before, after;
    Matrix3d from_to;
    std::array<Square<6>, 3> noises;
    double seconds = 0.0;
    void load(const std::vector<double>& numbers) override {
        const double* next = numbers.data();
        size_t count = *next++;
        seconds = *next++;
        for (auto& noise : noises) noise = noise_of<6>(seconds, *next++, 0.0);
        Vector3d probabilities(next[0], next[1], next[2]);
        next += 3;
        for (int entry = 0; entry < 9; entry++) from_to(entry / 3, entry % 3) = *next++;
        all.read(count, next);
        before.resize(count);
        for (size_t index = 0; index < count; index++) {
            before[index].probabilities = probabilities;
            before[index].modes.fill(all.tracks[index]);
            for (int mode = 0; mode < 3; mode++) {
                before[index].modes[mode].mean *= 1.0 + 1e-6 * mode;
                before[index].modes[mode].covariance *= 1.0 + 0.5 * mode;
            }
        }
        after = before;
    }
    double step(const Modes& from, Modes& to, Belief<6>& combined, const Look& look) const {
        Vector3d predicted, logs;
        for (int mode = 0; mode < 3; mode++) {
            Vector3d joint = from_to.col(mode).cwiseProduct(from.probabilities);
            predicted[mode] = joint.sum();
            to.modes[mode] = mixture<SYMMETRIC>(joint / predicted[mode], from.modes);
            predict<6, SYMMETRIC>(to.modes[mode], seconds, noises[mode]);
            logs[mode] = update<6, SYMMETRIC>(to.modes[mode], look);
        }
        double greatest = logs.maxCoeff();
        for (int mode = 0; mode < 3; mode++) predicted[mode] *= std::exp(logs[mode] - greatest);
        double sum = predicted.sum();
        to.probabilities = predicted / sum;
        combined = mixture<SYMMETRIC>(to.probabilities, to.modes);
        return greatest + std::log(sum);
    }
    std::vector<double> result() override {
        std::vector<double> numbers;
        Belief<6> combined;
        for (size_t index = 0; index < before.size(); index++) {
            double log_likelihood = step(before[index], after[index], combined, all.looks[index]);
            append<6>(numbers, combined, log_likelihood);
        }
        return numbers;
    }
    void run(long repetitions) override {
        Belief<6> combined;
        for (long repetition = 0; repetition < repetitions; repetition++) {
            for (size_t index = 0; index < before.size(); index++) {
                double log_likelihood = step(before[index], after[index], combined, all.looks[index]);
                keep(log_likelihood);
                keep(combined);
            }
            keep(after[0]);
        }
    }
};

int main() {
    Tasks tasks;
    tasks["modes-plain"] = std::make_unique<Interacting<false>>();
    tasks["modes-symmetric"] = std::make_unique<Interacting<true>>();
    tasks["filter-plain"] = std::make_unique<Filter<6, false>>();
    tasks["filter-symmetric"] = std::make_unique<Filter<6, true>>();
    tasks["drag-plain"] = std::make_unique<Filter<7, false>>();
    tasks["drag-symmetric"] = std::make_unique<Filter<7, true>>();
    return serve(tasks);
}
