//! Whether a track stands for an object, by Bayes' rule. Mušicki and Evans, *IEEE Transactions on Aerospace and Electronic
//! Systems* 40 (2004), 1097-1109.

/// Log-probability that a track gives no plot: 1 − r + r (1 − Pd), with r the probability that it exists.
pub(super) fn log_unseen(existence: f64, log_miss: f64) -> f64 {
    if existence >= 1.0 { log_miss } else { libm::log1p(existence * libm::expm1(log_miss)) }
}

/// Probability that a track exists which gave no plot: r (1 − Pd) / (1 − r Pd).
pub(super) fn when_unseen(existence: f64, log_miss: f64) -> f64 {
    if existence >= 1.0 {
        return 1.0;
    }
    existence * libm::exp(log_miss) / (1.0 + existence * libm::expm1(log_miss))
}

/// Probability that a track exists after something that is so many times (its logarithm) likelier if it does.
pub(super) fn updated(existence: f64, log_ratio: f64) -> f64 {
    if existence >= 1.0 {
        return 1.0;
    }
    let against = (1.0 - existence) / existence * libm::exp(-log_ratio);
    (1.0 / (1.0 + against)).max(f64::MIN_POSITIVE)
}
