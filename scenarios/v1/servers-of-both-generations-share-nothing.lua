-- While servers of 1.4 and of 2.3 stand in one cluster, each generation replicates among its own.
-- Releases 2.0 and 2.1 wrote doubly, into both protocols, until all members were upgraded; that is not modelled, so what
-- this shows is what the double writing is for. A 2.3 server answers 1.x's Distro paths with 501 and a 1.4 server has no
-- port for 2.x's; reports over HTTP are understood by both. Once all are of one generation, all agree.
return scenario {
  topology = { nodes = 4, profile = "nacos-2.3", profiles = { n1 = "nacos-1.4", n2 = "nacos-1.4" },
               clients = "nacos-client-1", lan = { rtt = between(us(200), ms(2)) } },
  -- From 2.2.1 each 2.x server loses the old ones by its reports over gRPC and finds them by theirs over HTTP, again and
  -- again; where the latter do not end a row of failures, they soon count as DOWN.
  must_see = function()
    local seen = { "sync.failed", "verify.failed" }
    if not setting "distrosim.reportOverHttp" then
      seen[#seen + 1] = setting "distrosim.reportResetsFailCount" and "member.suspicious" or "member.down"
    end
    return seen
  end,

  story = function(w)
    local a, b, c, d = w:nodes()
    step "clients register everywhere"
    local old = w:client { name = "old", server = a }
    local new = w:client { name = "new", kind = "nacos-client-2", server = c }
    old:register { service = "shop" }
    new:register { service = "shop" }
    wait(s(60))
    expect(d:knows(new) and not a:knows(new) and not b:knows(new), "2.x reached 1.x, or not even 2.x")
    expect(a:knows(old) == b:knows(old), "1.x servers disagree")
    expect(c:knows(old) == d:knows(old), "2.x servers disagree")

    step "the old ones are upgraded"
    w:upgrade(a, "nacos-2.3")
    wait(s(20))
    w:upgrade(b, "nacos-2.3")
    eventually(s(60), function() return w:converged() end, "all agree")
  end,
}
