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

TEST(PendingSignals, FullQueueRefuses) {
  PendingSignals p;
  int queued = 0;
  while (queued < 5000 && p.push(signal(70), kFirstRealtime)) ++queued;
  EXPECT_EQ(queued, 1024);
  p.drop(70);
  EXPECT_TRUE(p.push(signal(70), kFirstRealtime));
}

}  // namespace
}  // namespace emulate
