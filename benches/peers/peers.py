"""Peers in Python, asked by lines: benches/src/peers/child.rs says how, benches/src/peers/work.rs what is loaded.

Stone Soup and FilterPy are given the motion and the measurement that all have, written with numpy; their predictors,
updaters and filters are their own. What one track's step needs but once is worked out once.
"""

import datetime
import math
import sys
import time

import numpy as np

# WGS-84, as fusion_core::dynamics::gravity has it.
MU, J2, RE, W = 3.986004418e14, 1.0826298213e-3, 6378137.0, 7.292115e-5
TAU = 2.0 * math.pi


def acceleration(x):
    """Acceleration of free flight, m/s², and its derivative by the state: plain numbers, faster than arrays so small."""
    px, py, pz, vx, vy, _ = x.tolist()
    r2 = px * px + py * py + pz * pz
    r = math.sqrt(r2)
    central = MU / (r2 * r)
    j = 1.5 * J2 * MU * RE * RE / (r2 * r2 * r)
    s = 5.0 * pz * pz / r2
    across, along = central + j * (1.0 - s), central + j * (3.0 - s)
    a = (
        -across * px + W * (W * px + 2.0 * vy),
        -across * py + W * (W * py - 2.0 * vx),
        -along * pz,
    )
    outer = (3.0 * central + j * (5.0 - 7.0 * s)) / r2
    axial = 10.0 * j * pz / r2
    xz, yz = outer * px * pz + axial * px, outer * py * pz + axial * py
    xy = outer * px * py
    jacobian = np.array(
        (
            (outer * px * px - across + W * W, xy, xz, 0.0, 2.0 * W, 0.0),
            (xy, outer * py * py - across + W * W, yz, -2.0 * W, 0.0, 0.0),
            (xz, yz, outer * pz * pz - along + 2.0 * axial * pz, 0.0, 0.0, 0.0),
        )
    )
    return a, jacobian


def rates(x, transition):
    """Rates of a state and of its transition matrix."""
    a, jacobian = acceleration(x)
    rate, of_transition = np.empty(6), np.empty((6, 6))
    rate[:3], rate[3:] = x[3:], a
    of_transition[:3], of_transition[3:] = transition[3:], jacobian @ transition
    return rate, of_transition


IDENTITY = np.eye(6)


def runge_kutta(x, seconds):
    """One step of a state, and its transition matrix."""
    half = 0.5 * seconds
    k1, m1 = rates(x, IDENTITY)
    k2, m2 = rates(x + k1 * half, IDENTITY + m1 * half)
    k3, m3 = rates(x + k2 * half, IDENTITY + m2 * half)
    k4, m4 = rates(x + k3 * seconds, IDENTITY + m3 * seconds)
    sixth = seconds / 6.0
    return x + (k1 + 2.0 * (k2 + k3) + k4) * sixth, IDENTITY + (m1 + 2.0 * (m2 + m3) + m4) * sixth


def noise_of(seconds, density):
    """What white noise of the acceleration adds."""
    one = np.array([[seconds**3 / 3.0, seconds**2 / 2.0], [seconds**2 / 2.0, seconds]])
    return np.kron(one, np.eye(3)) * density


class Look:
    """What was seen of one track: range, and the angles across the line of sight."""

    def __init__(self, numbers):
        self.origin, self.along, self.right, self.up = numbers[:12].reshape(4, 3)
        self.measured = np.array([numbers[12], 0.0, 0.0])
        self.noise = np.diag(numbers[13:16])

    def predicted(self, x):
        """The measured numbers that a state would give."""
        offset = x[:3] - self.origin
        along = offset @ self.along
        return np.array([math.sqrt(offset @ offset), offset @ self.right / along, offset @ self.up / along])

    def jacobian(self, x):
        """Their derivative by the state."""
        offset = x[:3] - self.origin
        along = offset @ self.along
        h = np.zeros((3, 6))
        h[0, :3] = offset / math.sqrt(offset @ offset)
        h[1, :3] = (self.right - self.along * (offset @ self.right / along)) / along
        h[2, :3] = (self.up - self.along * (offset @ self.up / along)) / along
        return h


def log_likelihood(residual, covariance):
    """Of a residual."""
    inverse = np.linalg.inv(covariance)
    return -0.5 * (residual @ inverse @ residual + math.log(TAU**3 * np.linalg.det(covariance)))


class Filter:
    """Tracks, looks, and a way to filter them that those below have."""

    def load(self, numbers):
        count, self.seconds, density = int(numbers[0]), numbers[1], numbers[2]
        self.noise = noise_of(self.seconds, density)
        rows = numbers[3:].reshape(count, 6 + 36 + 16)
        self.tracks = [(row[:6].copy(), row[6:42].reshape(6, 6).copy()) for row in rows]
        self.looks = [Look(row[42:]) for row in rows]
        self.set_up()

    def result(self):
        numbers = []
        for index, prior in enumerate(self.priors()):
            mean, covariance, log = self.numbers(self.step(index, prior))
            numbers += [*mean, *covariance.ravel(), log]
        return numbers

    def run(self, repetitions):
        elapsed_ns = 0
        for _ in range(repetitions):
            # New each time, as Stone Soup remembers what it has predicted before; not in the time.
            priors = self.priors()
            begin_ns = time.thread_time_ns()
            for index, prior in enumerate(priors):
                self.step(index, prior)
            elapsed_ns += time.thread_time_ns() - begin_ns
        return elapsed_ns


class FilterPy(Filter):
    """FilterPy's extended Kalman filter, one object that is handed the tracks."""

    def set_up(self):
        from filterpy.kalman import ExtendedKalmanFilter

        class Flying(ExtendedKalmanFilter):
            def predict_x(self, u=0):
                self.x, self.F = runge_kutta(self.x, self.seconds)

        self.filter = Flying(dim_x=6, dim_z=3)
        self.filter.seconds, self.filter.Q = self.seconds, self.noise

    def priors(self):
        return self.tracks

    def step(self, index, prior):
        filter, look = self.filter, self.looks[index]
        filter.x, filter.P = prior
        filter.predict()
        filter.update(look.measured, look.jacobian, look.predicted, R=look.noise)
        return filter

    def numbers(self, filter):
        return filter.x, filter.P, log_likelihood(filter.y, filter.S)


class FilterPyModes(Filter):
    """FilterPy's interacting multiple models of three such filters. Its Markov matrix: row = before, column = after.

    Angles go in as microradians: its likelihood takes a covariance of metres and radians for singular, and leaves the
    angles out.
    """

    PER_RADIAN = 1e6

    def load(self, numbers):
        self.densities, self.mu = numbers[2:5], numbers[5:8].copy()
        self.markov = numbers[8:17].reshape(3, 3).copy()
        super().load(np.concatenate([numbers[:3], numbers[17:]]))

    def set_up(self):
        from filterpy.kalman import IMMEstimator

        for look in self.looks:
            look.right, look.up = look.right * self.PER_RADIAN, look.up * self.PER_RADIAN
            look.noise[1:] *= self.PER_RADIAN**2
        filters = []
        for density in self.densities:
            one = FilterPy()
            one.seconds, one.noise = self.seconds, noise_of(self.seconds, density)
            one.set_up()
            filters.append(one.filter)

            def update(z, one=one.filter):
                type(one).update(one, z, self.look.jacobian, self.look.predicted, R=self.look.noise)

            one.filter.x, one.filter.update = self.tracks[0][0], update
        self.modes = IMMEstimator(filters, self.mu.copy(), self.markov)

    def priors(self):
        return self.tracks

    def step(self, index, prior):
        modes, self.look = self.modes, self.looks[index]
        for mode, filter in enumerate(modes.filters):
            filter.x, filter.P = prior[0] * (1.0 + 1e-6 * mode), prior[1] * (1.0 + 0.5 * mode)
        modes.mu = self.mu
        modes._compute_mixing_probabilities()
        modes.predict()
        self.cbar = modes.cbar
        modes.update(self.look.measured)
        return modes

    def numbers(self, modes):
        likelihoods = [math.exp(log_likelihood(filter.y, filter.S)) for filter in modes.filters]
        return modes.x, modes.P, math.log(self.cbar @ likelihoods) + 2.0 * math.log(self.PER_RADIAN)


class StoneSoup(Filter):
    """Stone Soup's predictor and updater, with the motion and measurement of all."""

    def set_up(self):
        from stonesoup.models.measurement.nonlinear import NonLinearGaussianMeasurement
        from stonesoup.models.transition.base import TransitionModel
        from stonesoup.models.base import GaussianModel, TimeVariantModel
        from stonesoup.base import Property
        from stonesoup.predictor.kalman import ExtendedKalmanPredictor
        from stonesoup.types.array import CovarianceMatrix, StateVector
        from stonesoup.types.detection import Detection
        from stonesoup.updater.kalman import ExtendedKalmanUpdater

        noise = CovarianceMatrix(self.noise)

        class Flight(TransitionModel, GaussianModel, TimeVariantModel):
            """The state of the last call is kept with its transition: asked for one after the other."""

            last = None

            @property
            def ndim_state(self):
                return 6

            def carried(self, state, time_interval):
                if self.last is None or self.last[0] is not state:
                    seconds = time_interval.total_seconds()
                    x, transition = runge_kutta(state.state_vector.ravel().view(np.ndarray), seconds)
                    self.last = (state, StateVector(x), transition)
                return self.last

            def function(self, state, noise=False, time_interval=None, **kwargs):
                return self.carried(state, time_interval)[1]

            def jacobian(self, state, time_interval=None, **kwargs):
                return self.carried(state, time_interval)[2]

            def covar(self, **kwargs):
                return noise

        class LineOfSight(NonLinearGaussianMeasurement):
            look: Look = Property(doc="What was seen")

            @property
            def ndim_meas(self):
                return 3

            def function(self, state, noise=False, **kwargs):
                return StateVector(self.look.predicted(state.state_vector.ravel().view(np.ndarray)))

            def jacobian(self, state, **kwargs):
                return self.look.jacobian(state.state_vector.ravel().view(np.ndarray))

            def rvs(self, num_samples=1, **kwargs):
                raise NotImplementedError

        self.predictor = ExtendedKalmanPredictor(Flight())
        self.updater = ExtendedKalmanUpdater()
        self.begin = datetime.datetime(2026, 1, 1)
        self.end = self.begin + datetime.timedelta(seconds=self.seconds)
        self.detections = [
            Detection(
                StateVector(look.measured),
                timestamp=self.end,
                measurement_model=LineOfSight(6, (0, 1, 2), CovarianceMatrix(look.noise), look=look),
            )
            for look in self.looks
        ]

    def priors(self):
        from stonesoup.types.state import GaussianState

        return [GaussianState(mean, covariance, timestamp=self.begin) for mean, covariance in self.tracks]

    def step(self, index, prior):
        from stonesoup.types.hypothesis import SingleHypothesis

        prediction = self.predictor.predict(prior, timestamp=self.end)
        return self.updater.update(SingleHypothesis(prediction, self.detections[index]))

    def numbers(self, update):
        seen = update.hypothesis
        residual = (seen.measurement.state_vector - seen.measurement_prediction.state_vector).ravel().astype(float)
        log = log_likelihood(residual, np.asarray(seen.measurement_prediction.covar, dtype=float))
        return np.asarray(update.state_vector, dtype=float).ravel(), np.asarray(update.covar, dtype=float), log


class StoneSoupAlone(StoneSoup):
    """All of it Stone Soup's own: constant velocity, and elevation, bearing and range. Another, simpler model."""

    def set_up(self):
        from stonesoup.models.measurement.nonlinear import CartesianToElevationBearingRange
        from stonesoup.models.transition.linear import CombinedLinearGaussianTransitionModel, ConstantVelocity
        from stonesoup.types.state import GaussianState
        from stonesoup.types.detection import Detection

        super().set_up()
        self.predictor.transition_model = CombinedLinearGaussianTransitionModel([ConstantVelocity(1.0)] * 3)
        # Its states have position and velocity of each axis side by side.
        order = [0, 3, 1, 4, 2, 5]
        self.tracks = [(mean[order], covariance[np.ix_(order, order)]) for mean, covariance in self.tracks]
        for index, (detection, look) in enumerate(zip(self.detections, self.looks)):
            model = CartesianToElevationBearingRange(
                6, (0, 2, 4), np.diag([1e-6, 1e-6, 900.0]), translation_offset=look.origin.reshape(3, 1)
            )
            at_end = self.tracks[index][0].copy()
            at_end[::2] += self.seconds * at_end[1::2]
            seen = model.function(GaussianState(at_end, np.eye(6)), noise=False)
            self.detections[index] = Detection(seen, timestamp=self.end, measurement_model=model)


class Sparse:
    """scipy's sparse solver. Its costs are lifted above zero, as zeros do not count; that changes no assignment."""

    def load(self, numbers):
        from scipy.sparse import csr_array

        self.shape = int(numbers[0]), int(numbers[1])
        rows, columns, costs = numbers[2:].reshape(-1, 3).T
        self.lift = 1.0 - costs.min()
        places = (rows.astype(np.int32), columns.astype(np.int32))
        self.table = csr_array((costs + self.lift, places), shape=self.shape)

    def solve(self):
        from scipy.sparse.csgraph import min_weight_full_bipartite_matching

        return min_weight_full_bipartite_matching(self.table)

    def result(self):
        rows, columns = self.solve()
        cost = self.table[rows, columns].sum() - self.lift * self.shape[0]
        return [cost, (columns < self.shape[1] - self.shape[0]).sum()]

    def run(self, repetitions):
        begin_ns = time.thread_time_ns()
        for _ in range(repetitions):
            self.solve()
        return time.thread_time_ns() - begin_ns


class Dense(Sparse):
    """scipy's dense solver, for a table small enough: what is no pair costs more than all that are."""

    def load(self, numbers):
        super().load(numbers)
        dense = self.table.toarray()
        self.table = np.where(dense == 0.0, dense.sum(), dense)

    def solve(self):
        from scipy.optimize import linear_sum_assignment

        return linear_sum_assignment(self.table)


TASKS = {
    "filterpy": FilterPy(),
    "filterpy-modes": FilterPyModes(),
    "stone-soup": StoneSoup(),
    "stone-soup-alone": StoneSoupAlone(),
    "sparse": Sparse(),
    "dense": Dense(),
}


def answer(words):
    verb, task = words[0], TASKS[words[1]]
    if verb == "load":
        task.load(np.array([float(word) for word in words[3:]]))
        return "ok"
    if verb == "result":
        numbers = [float(number) for number in task.result()]
        return " ".join([str(len(numbers)), *map(repr, numbers)])
    return repr(float(task.run(int(words[2]))))


def main():
    for line in sys.stdin:
        try:
            said = answer(line.split())
        except Exception as error:  # Whatever it is, the other side must hear of it.
            said = f"error {type(error).__name__}: {error}".replace("\n", " ")
        print(said, flush=True)


if __name__ == "__main__":
    main()
