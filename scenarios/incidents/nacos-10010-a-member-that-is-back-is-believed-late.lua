-- After a failure members are held for DOWN long after they are back, the longer the more servers there are, and what
-- is owned by them is served by others: nacos#10010, #10011, and #4925, #5176 before.
-- Affected: up to 2.2.x; cured in 2.3.0 by UnhealthyMemberInfoReportTask, which asks every member that is not UP every
-- 5 s. Before that one member is asked at a time, every 2 s.
return scenario {
  params   = { nodes = 15, cut_for = s(180) },
  topology = function(p) return { nodes = p.nodes, lan = { rtt = ms(1) } } end,
  must_see = { "member.down", "link.heal" },

  story = function(w, p)
    local all = { w:nodes() }
    local lone = table.remove(all, 1)
    local function unbelieved()
      for _, state in pairs(lone:state().members) do
        if state ~= "UP" then return true end
      end
      for _, n in ipairs(all) do
        if n:state().members[lone.name] ~= "UP" then return true end
      end
      return false
    end
    -- How late depends on where in its turn of all members a heal finds the loop: three thirds of it are tried.
    local turn = s(2) * (p.nodes - 1)
    local longest = s(0)
    for third = 1, 3 do
      wait(between(s(6), s(7)))
      step("one server is cut off for three minutes, time " .. third)
      w:isolate(lone)
      wait(p.cut_for)
      w:heal()
      local healed, late = now(), nil
      local watching = watch(function() return not unbelieved() end)
      wait(turn * 10 + turn / 3 - p.cut_for - s(6.5))
      late = (watching:first() or now()) - healed
      if late > longest then longest = late end
    end
    measure("not believed for", longest)
    -- Reconnect (5 s of back-off, 3 s of an attempt under way), then the loop (5 s, and 3 s of a report in the cut).
    expect(longest <= s(8) + s(8) + ms(500), "a member that is back is held for DOWN")
  end,
}
