-- Rounds of VERIFY are under way most of the time, and something is always going wrong.
-- Nothing is claimed: tests/flights/run.sh compares what runs with and without flights come to. Round
-- trips of a second and rounds every two seconds keep calls in the air; faults begin and end among them.
return scenario {
  params = {
    nodes = 4, clients = 30, rtt = ms(900), jitter = percent(0), loss = percent(0), storm = s(60),
  },
  topology = function(p)
    return {
      nodes = p.nodes,
      lan = { rtt = p.rtt, jitter = p.jitter, loss = p.loss },
      settings = { ["nacos.core.protocol.distro.data.verify.intervalMs"] = s(2) },
    }
  end,
  always = { checks.verify_quiet { failures = 50 } },
  story = function(w, p)
    local fleet = w:fleet { name = "fleet", clients = p.clients, services = 5, over = s(3) }
    local beating = w:fleet { name = "beating", clients = 5, services = 2, kind = "nacos-client-1", over = s(3) }
    wait(s(8))
    fleet:churn { register = per_second(0.5), close = per_second(0.5), update = per_second(2), for_ = p.storm }
    local nodes = { w:nodes() }
    local function node() return nodes[math.floor(between(s(0), s(p.nodes) - us(1)) / s(1)) + 1] end
    local function pair()
      local a, b = node(), node()
      while a == b do b = node() end
      return a, b
    end
    local trouble = {
      function() local a, b = pair(); w:cut(a, b) end,
      function() local a, b = pair(); w:cut(a, b, { oneway = true }) end,
      function() w:heal() end,
      function() local a, b = pair(); w:heal(a, b) end,
      function() w:restart(node()) end,
      function() w:pause(node(), between(ms(10), s(4))) end,
      function() w:slow(node(), 4, between(s(1), s(4))) end,
      function() local a, b = pair(); w:clog(a, b, between(ms(10), s(2))) end,
      function() local a, b = pair(); w:link(a, b, { loss = percent(30) }) end,
      function() w:intercept { op = "VERIFY", nth = { 1, 3 }, action = one_of { "drop", "delay_reply" }, by = s(1) } end,
    }
    local ends = now() + p.storm
    while now() < ends do
      wait(between(ms(50), s(2)))
      one_of(trouble)()
    end
    w:heal()
    wait(s(15))
    local a = w:nodes()
    measure("VERIFY answered OK", a:counters().verify_ok)
    measure("VERIFY answered FAIL", a:counters().verify_mismatch)
    measure("VERIFY not answered", a:counters().verify_failed)
    measure("VERIFY bytes", w:traffic { op = "VERIFY" }.bytes)
  end,
}
