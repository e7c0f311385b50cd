#include "host/signal/pending.h"

#include <gtest/gtest.h>

namespace emulate {
namespace {

constexpr int kFirstRealtime = 65;

GuestSignal signal(int signo, std::uint64_t value = 0) {
  GuestSignal s;
  s.signo = signo;
  s.value = value;
  return s;
}

SignalSet only(int signo) {
  SignalSet s;
  s.add(signo);
  return s;
}

TEST(PendingSignals, StandardSignalsDoNotQueue) {
  PendingSignals p;
  EXPECT_TRUE(p.push(signal(20, 1), kFirstRealtime));
  EXPECT_TRUE(p.push(signal(20, 2), kFirstRealtime));
  EXPECT_EQ(p.take(SignalSet::all())->value, 1u);
  EXPECT_FALSE(p.take(SignalSet::all()));
}

TEST(PendingSignals, RealtimeSignalsQueueInOrder) {
  PendingSignals p;
  for (const std::uint64_t v : {1, 2, 3}) p.push(signal(70, v), kFirstRealtime);
  p.push(signal(66, 9), kFirstRealtime);
  EXPECT_EQ(p.take(SignalSet::all())->signo, 66);
  for (const std::uint64_t v : {1, 2, 3}) EXPECT_EQ(p.take(SignalSet::all())->value, v);
  EXPECT_TRUE(p.set().empty());
}

TEST(PendingSignals, OnlyAllowedOnesAreTaken) {
  PendingSignals p;
  p.push(signal(2), kFirstRealtime);
  p.push(signal(15), kFirstRealtime);
  SignalSet allowed;
  allowed.add(15);
  EXPECT_EQ(p.peek(allowed)->signo, 15);
  EXPECT_EQ(p.take(allowed)->signo, 15);
  EXPECT_FALSE(p.take(allowed));
  EXPECT_TRUE(p.set().has(2));
}

TEST(PendingSignals, SynchronousOnesComeFirst) {
  PendingSignals p;
  p.push(signal(2), kFirstRealtime);
  GuestSignal fault = signal(11);
  fault.synchronous = true;
  p.push(fault, kFirstRealtime);
  EXPECT_EQ(p.take(SignalSet::all())->signo, 11);
}

TEST(PendingSignals, FullQueueRefusesWhatMustNotBeLost) {
  PendingSignals p;
  constexpr std::size_t kMost = 128;
  GuestSignal queued = signal(70);
  queued.queued = true;
  std::size_t n = 0;
  while (n < 5000 && p.push(queued, kFirstRealtime, kMost)) ++n;
  EXPECT_EQ(n, kMost);
  // Others are kept, one of those that are alike.
  EXPECT_TRUE(p.push(signal(71), kFirstRealtime, kMost));
  EXPECT_TRUE(p.push(signal(71), kFirstRealtime, kMost));
  EXPECT_TRUE(p.push(signal(71, 5), kFirstRealtime, kMost));
  EXPECT_FALSE(p.push(queued, kFirstRealtime, kMost));
  p.drop(70);
  EXPECT_TRUE(p.push(queued, kFirstRealtime, kMost));
  EXPECT_EQ(p.take(only(71))->value, 0u);
  EXPECT_EQ(p.take(only(71))->value, 5u);
  EXPECT_FALSE(p.take(only(71)));
}

TEST(PendingSignals, WhatIsPutBackComesFirst) {
  PendingSignals p;
  for (const std::uint64_t v : {1, 2}) p.push(signal(70, v), kFirstRealtime);
  const auto first = p.take(SignalSet::all());
  p.put_back(*first);
  EXPECT_EQ(p.take(SignalSet::all())->value, 1u);
  EXPECT_EQ(p.take(SignalSet::all())->value, 2u);
}

}  // namespace
}  // namespace emulate
