-- The beats for one of a client's two services are lost; those for the other go on, and renew nothing of the first.
-- why: 11.0
-- why: BEAT h   the last that renewed it there
-- why: no beat of h for 3
return scenario {
  topology = { nodes = 1, lan = { rtt = ms(1) }, clients = "nacos-client-1" },
  always = { checks.no_lost_instances { gap = s(0) } },
  story = function(w)
    local h = w:client { name = "h" }
    expect(h:register { service = "one" }, "refused")
    wait_until(s(1))
    expect(h:register { service = "two" }, "refused")
    wait_until(s(13))
    local seconds = {}
    for i = 1, 20 do seconds[i] = 2 * i end
    w:intercept { from = h, op = "BEAT", nth = seconds, action = "drop" }
    wait_until(s(60))
  end,
}
