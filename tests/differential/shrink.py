"""From sequences that differ to the fewest instructions that do."""
from generator import Sequence
from runner import Died


def nop_for(profile, bits):
    for digits in profile.nop.split():
        if len(digits) * 4 == bits:
            return int(digits, 16), bits
    raise ValueError(f"profile {profile.name} has no nop of {bits} bits")


def kept(profile, sequence):
    """Places of the instructions that are still there."""
    return [i for i, w in enumerate(sequence.words) if w != nop_for(profile, w[1])]


def without(profile, sequence, places):
    words = list(sequence.words)
    for i in places:
        words[i] = nop_for(profile, words[i][1])
    return Sequence(words, sequence.rows, sequence.seed, sequence.draws)


def _together(profile, sequence, place):
    """What is still there of the row that the instruction is of."""
    return [i for i in kept(profile, sequence) if sequence.draws[i] == sequence.draws[place]]


def _died(pair):
    """Which side had no end to record. Without its first half an instruction may stop qemu."""
    return [isinstance(record, Died) for record in pair]


def shrink(runner, sequences, differs):
    """Replaces as many instructions as possible by no-operations, all that a row gave together, in
    all sequences at once, which keeps the number of processes small. `differs` tells of a sequence
    and both sides' records whether they still do."""
    profile = runner.profile
    best = list(sequences)
    died = [_died(pair) for pair in runner.run(best)]
    longest = max(len(s.words) for s in best)
    for place in range(longest - 1, -1, -1):
        tried = [i for i, s in enumerate(best)
                 if place < len(s.words) and s.draws[place] == place and _together(profile, s, place)]
        if not tried:
            continue
        candidates = [without(profile, best[i], _together(profile, best[i], place)) for i in tried]
        for i, candidate, (mine, theirs) in zip(tried, candidates, runner.run(candidates)):
            if died[i] == _died((mine, theirs)) and differs(candidate, mine, theirs):
                best[i] = candidate
    return best
