-- Beyond the first edition of API.md: gc_pause and outage draw durations anew at each call, and random faults may last as long as measured.
return scenario {
  topology = { nodes = 5 },
  must_see = { "node.pause", "link.cut", "link.heal" },
  story = function(w)
    local a, b = w:nodes()
    local first, differs = gc_pause "cms_remark", false
    for _ = 1, 20 do
      local again = gc_pause "cms_remark"
      expect(again > us(0) and again < s(10), "no CMS remark was that long: " .. tostring(again))
      differs = differs or again ~= first
    end
    expect(differs, "always the same")
    expect(outage "software" > ms(100) and outage "hardware" <= hours(89), "no outage is like that")
    expect(not pcall(gc_pause, "cms_remarc") and not pcall(outage, "hard"), "misspelt, and taken all the same")
    expect(not pcall(w.chaos, w, { for_ = s(1), pauses = "cms" }), "pauses without a rate mean nothing")
    w:pause(b, gc_pause "cms")
    w:chaos { for_ = minutes(30), pause = per_minute(2), pauses = "full", partition = per_minute(1),
              partitions = "software", keep = 3 }
    wait(minutes(30))
    eventually(minutes(1), function() return w:agree() and w:converged() end, "healed")
  end,
}
